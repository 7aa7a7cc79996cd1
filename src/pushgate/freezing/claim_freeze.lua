-- Claim a frozen audience on which there is work. KEYS[1] is {q}:freezes, see write_freeze.lua.
-- ARGV: now (ms), until when it is claimed (ms)
-- Returns its member of the set, or nothing.
local found = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, 1)[1]
if found then redis.call('ZADD', KEYS[1], ARGV[2], found) end
return found
