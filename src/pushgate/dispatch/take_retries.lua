-- Take due jobs. They are hidden for a while, then due again unless removed: a crash loses none.
-- KEYS: the retry set. ARGV: now ms, hidden until ms, limit. Returns the jobs.
local jobs = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])
for _, job in ipairs(jobs) do redis.call('ZADD', KEYS[1], ARGV[2], job) end
return jobs
