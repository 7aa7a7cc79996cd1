-- uses: status
-- Replace the body of a message. ARGV: id, the body that it had, the body that it gets
-- Returns 1, or 0 where it has another one by now.
if redis.call('HGET', key(ARGV[1]), 'body') ~= ARGV[2] then return 0 end
redis.call('HSET', key(ARGV[1]), 'body', ARGV[3])
return 1
