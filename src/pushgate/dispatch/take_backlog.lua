-- Remove and return a function's first jobs.
-- KEYS[1]: {q}:backlogs, the set of functions that have a backlog
--          {q}:backlogs:<function>, a sorted set of jobs by `BacklogPosition.score`
-- ARGV: function, limit
-- Returns the jobs.
local key = KEYS[1] .. ':' .. ARGV[1]
local popped, jobs = redis.call('ZPOPMIN', key, ARGV[2]), {}
for i = 1, #popped, 2 do jobs[#jobs + 1] = popped[i] end
if redis.call('EXISTS', key) == 0 then redis.call('SREM', KEYS[1], ARGV[1]) end
return jobs
