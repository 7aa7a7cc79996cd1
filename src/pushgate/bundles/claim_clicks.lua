-- Claim entries of a home's queue of clicks: nobody else gets them until the lease ends.
-- KEYS[1]: {app:shard}. ARGV: now (ms), end of the lease (ms), how many at most. Returns the entries.
local key = KEYS[1] .. ':clicks'
local found = redis.call('ZRANGEBYSCORE', key, '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])
for _, entry in ipairs(found) do redis.call('ZADD', key, ARGV[2], entry) end
return found
