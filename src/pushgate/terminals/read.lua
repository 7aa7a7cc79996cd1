-- uses: records
-- Read one terminal. ARGV: id. Returns its record as MessagePack and its push token, or false.
local packed = redis.call('HGET', records(ARGV[1]), ARGV[1])
if not packed then return false end
local known = cmsgpack.unpack(packed)
return { packed, redis.call('HGET', token_of(known[GROUP], known[SLOT])) or '' }
