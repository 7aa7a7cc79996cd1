-- Mark a terminal for tests, or give it another name.
-- KEYS[1]: {q}:test-terminals:<app>, a hash: terminal id -> its mark. ARGV: terminal id, mark, how many there is room for
-- Returns 1, or 0 where there is no room.
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
