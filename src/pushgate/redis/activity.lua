-- What happens in one home, for the console: totals of the day, and counts by minute. KEYS[1] begins with {app:shard}.
--   {app:shard}:day:<yyyymmdd>     hash: '<vendor>|<state or receipt>' -> terminals; kept for 8 days
--   {app:shard}:minutes:<hour>     hash: '<minute>|<vendor>|<state or receipt>' -> terminals; kept for 3 hours
local function count_activity(minute, vendor, state, n)
end
