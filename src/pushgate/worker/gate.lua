-- How fast an app's pushes may go to a vendor, and whether they may at all. Shared by all workers.
-- KEYS[1]: {q}:gate:<app>:<vendor>, a hash. Times are in ms, of the caller's clock.
--   at, level       token bucket: permits there were at that time
--   factor, lowered share of the rate that is used, and when it was last lowered; it grows back within a minute
--   until           before this time nothing is sent: the vendor asked for a pause, or is out of order
--   failures, pause failed calls in a row, and the breaker's last pause
--   probe           until then one caller tries whether the vendor is back
--   booked          where the queue of those that wait for permits ends
--   seen            when one of these times was set
-- ARGV: what, now, then
--   enter   wanted, rate a second or 0, ramp ms or 0, 1 if urgent   -> permits, ms to wait when there are none, failures in a row
--   book    pushes, rate                               -> ms until it is their turn
--   slower  ms that the vendor asked for               -> 0
--   failed  ms that the vendor asked for               -> ms that the breaker is open, 0 when it is closed
--   works                                              -> 0
local THRESHOLD = 5
local FIRST_PAUSE, LONGEST_PAUSE = 5000, 300000
local PROBE_TIME, PROBE_SIZE = 15000, 16
local RECOVERY, LEAST = 60000, 0.05
local KEPT = 86400000
local CLOCKS_APART = 60000 -- workers' clocks may differ by so much; more means that one was set back

local g, what, now = KEYS[1], ARGV[1], tonumber(ARGV[2])
local state, changed = {}, {}
local raw = redis.call('HGETALL', g)
for i = 1, #raw, 2 do state[raw[i]] = tonumber(raw[i + 1]) end
local function get(name, default) return state[name] or default end
local function set(name, value)
  state[name] = value
  changed[#changed + 1] = name
  changed[#changed + 1] = string.format('%.6f', value)
end
local function done(...)
  if #changed > 0 then
    redis.call('HSET', g, unpack(changed))
    redis.call('PEXPIRE', g, KEPT)
  end
  return { ... }
end

-- A clock that was set back must not stop anything.
local passed = math.max(0, now - get('at', now))
if get('seen', now) > now + CLOCKS_APART then
  for _, name in ipairs({ 'until', 'probe', 'booked', 'seen' }) do set(name, 0) end
end

if what == 'enter' then
  local wanted, rate, ramp = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
  if get('until', 0) > now then return done(0, math.ceil(get('until', 0) - now), get('failures', 0)) end
  if get('failures', 0) >= THRESHOLD then
    if get('probe', 0) > now then return done(0, math.ceil(get('probe', 0) - now), get('failures', 0)) end
    set('probe', now + PROBE_TIME)
    return done(math.min(wanted, PROBE_SIZE), 0, get('failures', 0))
  end
  if rate == 0 then return done(wanted, 0, get('failures', 0)) end
  local factor = math.min(1, get('factor', 1) + passed / math.max(RECOVERY, ramp))
  if ramp > 0 and (state.at == nil or passed > ramp) then factor = 0.1 end
  local speed = rate * factor
  local level = math.min(math.max(speed, 1), get('level', speed) + passed * speed / 1000)
  -- The last tenth is for urgent pushes.
  local kept = ARGV[6] == '1' and 0 or math.floor(speed / 10)
  local granted = math.max(0, math.min(wanted, math.floor(level) - kept))
  set('at', now)
  set('factor', factor)
  set('level', level - granted)
  if granted > 0 then return done(granted, 0, get('failures', 0)) end
  return done(0, math.ceil((kept + 1 - level) * 1000 / speed), get('failures', 0))
elseif what == 'book' then
  local speed = math.max(tonumber(ARGV[4]) * get('factor', 1), 0)
  local turn = math.max(now, get('until', 0), get('booked', 0))
  if speed > 0 then set('booked', turn + tonumber(ARGV[3]) * 1000 / speed) end
  set('seen', now)
  return done(math.ceil(turn - now))
elseif what == 'slower' then
  if now - get('lowered', 0) > 1000 or now < get('lowered', 0) then -- calls that fail together are one warning
    set('factor', math.max(LEAST, get('factor', 1) / 2))
    set('lowered', now)
  end
  set('level', 0)
  set('at', now)
  set('until', math.max(get('until', 0), now + tonumber(ARGV[3])))
  set('seen', now)
  return done(0)
elseif what == 'failed' then
  local failures = get('failures', 0) + 1
  set('failures', failures)
  if failures < THRESHOLD then return done(0) end
  if get('until', 0) <= now then
    local pause = math.min(LONGEST_PAUSE, state.pause and state.pause * 2 or FIRST_PAUSE)
    set('pause', pause)
    set('until', now + math.max(pause, tonumber(ARGV[3])))
    set('probe', 0)
    set('seen', now)
  end
  return done(math.ceil(get('until', 0) - now))
end
redis.call('HDEL', g, 'failures', 'pause', 'probe')
return { 0 }
