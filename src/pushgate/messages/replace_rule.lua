-- uses: saved_names
-- Replace the whole rule of a saved audience. ARGV: app, name, the rule that it had, the rule that it gets
-- Returns 1, or 0 where it has another one by now.
local app, name = ARGV[1], ARGV[2]
if redis.call('HGET', rules(app), name) ~= ARGV[3] then return 0 end
redis.call('HSET', rules(app), name, ARGV[4])
redis.call('HINCRBY', shapes(app), '#', 1) -- whoever saves it at this moment looks again
return 1
