-- Write the removal of an app over the one that was read. KEYS[1] is {q}:silent, a hash: app -> removal.
-- ARGV: app, the removal that was read ('' for none), the new one. Returns 1, or 0 where it has changed since.
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
