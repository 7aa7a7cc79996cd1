-- uses: status
-- Note that a message may be open in these shards. ARGV: id, shards as bits, eight a byte
local id = ARGV[1]
if redis.call('EXISTS', key(id)) == 1 then redis.call('HSET', key(id), 'open', ARGV[2]) end
return 1
