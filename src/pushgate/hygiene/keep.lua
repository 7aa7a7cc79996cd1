-- Note the place of a claimed shard, and when it is due. The keys are those of claim.lua.
-- ARGV: shard, until when it is claimed (ms), when it is due from now on (ms), place
-- Returns 1, or 0 where another scheduler has claimed it since.
if tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or '-1') ~= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[4])
return 1
