-- Add a key that signs registration tokens, unless the app has too many.
-- KEYS[1]: {q}:registration-keys:<app>, a hash: id -> key    ARGV: id, key, how many keys there may be
-- Returns whether the key was added.
if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
