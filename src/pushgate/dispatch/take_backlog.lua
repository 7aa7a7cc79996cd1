-- Take a function's jobs out of the backlog. KEYS: the set of functions with a backlog. ARGV: function, limit
local key = KEYS[1] .. ':' .. ARGV[1]
local flat, jobs = redis.call('ZPOPMIN', key, ARGV[2]), {}
for i = 1, #flat, 2 do jobs[#jobs + 1] = flat[i] end
if redis.call('EXISTS', key) == 0 then redis.call('SREM', KEYS[1], ARGV[1]) end
return jobs
