-- uses: home
-- Replace the bodies of a segment. ARGV: page, segment, the bodies that it had, the bodies that it gets
-- Returns 1, or 0 where it has others by now.
local key = T .. ':c:' .. ARGV[1]
if redis.call('HGET', key, ARGV[2]) ~= ARGV[3] then return 0 end
redis.call('HSET', key, ARGV[2], ARGV[4])
return 1
