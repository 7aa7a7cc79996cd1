-- Set the version of the key space. KEYS[1]: {q}:store. ARGV: the version that it must have, the one that it gets.
-- Returns 1 where it has the new one now, else 0.
local version = redis.call('HGET', KEYS[1], 'version')
if version == ARGV[2] then return 1 end
if version ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[2])
return 1
