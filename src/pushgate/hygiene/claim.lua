-- Claim a shard whose hygiene is due. KEYS[1] is {q}:<kind of hygiene>, a sorted set of '<app> <shard>' by the time (ms) at which the
-- shard is due; KEYS[2] is {q}:<kind>:places, a hash: '<app> <shard>' -> where the work goes on.
-- ARGV: now (ms), until when it is claimed (ms), then all shards that there are: those not listed yet are due now
-- Returns the shard and its place ('' at the beginning), or nothing.
for i = 3, #ARGV do redis.call('ZADD', KEYS[1], 'NX', ARGV[1], ARGV[i]) end
local shard = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, 1)[1]
if not shard then return {} end
redis.call('ZADD', KEYS[1], ARGV[2], shard)
return { shard, redis.call('HGET', KEYS[2], shard) or '' }
