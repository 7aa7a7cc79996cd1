-- uses: events
-- What happens in one home, for the console: totals by quarter of an hour, for a day begins at one in every time zone, and
-- counts by minute. KEYS[1] begins with {app:shard}.
--   {app:shard}:quarters:<day>     hash: '<quarter of the day>|<vendor>|<state or receipt>' -> terminals; days since 1970, UTC;
--                                  kept for 3 days
--   {app:shard}:minutes:<hour>     hash: '<minute>|<vendor>|<state or receipt>' -> terminals; hours and minutes since 1970; kept
--                                  for 3 hours
local MINUTE_MS = 60000

local function add_activity(key, field, n, keep_until)
  -- A key that has the field has its expiry.
  if redis.call('HINCRBY', key, field, n) == n then redis.call('PEXPIREAT', key, string.format('%d', keep_until)) end
end

-- Terminals came to a state, or a receipt came of them, in this minute since 1970. Where they leave a state that was counted
-- (a reserved terminal is settled, a failure is sent again), n is below zero.
local function count_activity(minute, vendor, state, n)
  if n == 0 then return end
  minute = tonumber(minute)
  local home, what = KEYS[1]:match('^{[^}]*}'), vendor .. '|' .. state
  local hour, day = math.floor(minute / 60), math.floor(minute / 1440)
  local quarter = math.floor(minute % 1440 / 15)
  add_activity(home .. ':quarters:' .. day, quarter .. '|' .. what, n, (day + 4) * 1440 * MINUTE_MS)
  add_activity(home .. ':minutes:' .. hour, minute .. '|' .. what, n, (hour + 4) * 60 * MINUTE_MS)
end
