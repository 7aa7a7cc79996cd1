-- uses: rate_limiter
-- Reserve a place in the queue of pushes that wait. KEYS[1] is the hash that makes them wait.
-- ARGV: now, pushes, rate a second or 0. Returns: ms until the place is due, ms that it is long
local speed = math.max(tonumber(ARGV[3]) * get(whole, 'factor', 1), 0)
local due = math.max(now, get(whole, 'until'), get(whole, 'booked'))
local length = speed > 0 and tonumber(ARGV[2]) * 1000 / speed or 0
if length > 0 then set(whole, 'booked', due + length) end
set(whole, 'seen', now)
save()
return { math.ceil(due - now), math.ceil(length) }
