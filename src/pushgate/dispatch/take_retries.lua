-- Due jobs, put off until the caller says they were submitted, so that a crash in between loses none.
-- KEYS: the retry set. ARGV: now ms, put off until ms, limit. Returns the jobs.
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])
for _, job in ipairs(due) do redis.call('ZADD', KEYS[1], ARGV[2], job) end
return due
