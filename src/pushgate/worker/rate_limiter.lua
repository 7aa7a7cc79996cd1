-- How fast an app's pushes may go to a vendor, and whether they may at all. Shared by all workers.
-- KEYS[1]: {q}:gate:<app>:<vendor>, a hash, for all that the app sends to the vendor. The other keys are
-- {q}:gate:<app>:<vendor>:<scope>:<name>, hashes with a breaker alone, for parts of it. Times are in ms, of the caller's clock.
--   at, level       token bucket: permits there were at that time
--   factor, lowered share of the rate that is used, and when it was last lowered; it grows back within a minute
--   until           before this time nothing is sent: the vendor asked for a pause, or is out of order
--   failures, pause failed calls in a row, and the breaker's last pause
--   probe           until then one caller tries whether the vendor is back
--   throttled       since when the vendor has asked for less, without taking any push
--   booked          where the queue of those that wait for permits ends
--   seen            when one of these times was set
--   since, kind, code, reason, scope, name  while calls fail or nothing is sent: since when, why, and what it is about
-- KEYS[1]:parts: a sorted set of the other keys that exist, by the time of their last failure; MAX_PARTS are kept.
-- ARGV: what, now, then
--   enter   wanted, rate a second or 0, ramp ms or 0, 1 if urgent
--           -> permits, ms to wait when there are none, the number of the key whose pause makes it wait or 0, then for each key
--              0 undisturbed, 1 disturbed, 2 half-open from now on
--   book    pushes, rate; KEYS[1] is the one that makes it wait   -> ms until it is their turn
--   slower  ms that the vendor asked for, code, reason, scope, name, kind, 1 if some pushes of the same call were taken
--           -> ms that nothing is sent, then as `failed`
--   failed  the same                                              -> ms that the breaker is open, 0 when it is
--           closed, then for each key 0 as before, 1 closed now, 2 disturbed, 3 open from now on, 4 failing from now on; it
--           is the last key's failure
--   works                                                         -> the same for each key
local THRESHOLD = 5
local FIRST_PAUSE, LONGEST_PAUSE = 5000, 300000
local PROBE_TIME, PROBE_SIZE, FIRST_LOOK = 15000, 16, 1000
local RECOVERY, LEAST = 60000, 0.05
local KEPT, MAX_PARTS = 86400000, 64
local CLOCKS_APART = 60000 -- workers' clocks may differ by so much; more means that one was set back
local LONG = 10000 -- a vendor that asks for shorter pauses, for no longer than this, is at work all the same

local what, now = ARGV[1], tonumber(ARGV[2])

local function load(key)
  local g, raw = { key = key, changed = {} }, redis.call('HGETALL', key)
  for i = 1, #raw, 2 do g[raw[i]] = tonumber(raw[i + 1]) end
  return g
end
local function get(g, name, default) return g[name] or default or 0 end
local function set(g, name, value)
  g[name] = value
  g.changed[#g.changed + 1] = name
  g.changed[#g.changed + 1] = type(value) == 'number' and string.format('%.6f', value) or value
end

local gates = {}
for i, key in ipairs(KEYS) do
  gates[i] = load(key)
  -- A clock that was set back must not stop anything.
  if get(gates[i], 'seen', now) > now + CLOCKS_APART then
    for _, name in ipairs({ 'until', 'probe', 'booked', 'seen' }) do set(gates[i], name, 0) end
  end
end
local main = gates[1]

local function save()
  for _, g in ipairs(gates) do
    if #g.changed > 0 then
      redis.call('HSET', g.key, unpack(g.changed))
      redis.call('PEXPIRE', g.key, KEPT)
    end
  end
end

-- Forget what has not failed for longest, past the bound: what comes by the caller must not fill the memory.
local function remember(g)
  if g == main then return end
  local parts = main.key .. ':parts'
  redis.call('ZADD', parts, now, g.key)
  redis.call('PEXPIRE', parts, KEPT)
  for _, key in ipairs(redis.call('ZRANGE', parts, 0, -MAX_PARTS - 1)) do
    redis.call('DEL', key)
    redis.call('ZREM', parts, key)
  end
end

local function disturbed(g) return get(g, 'failures') > 0 or g.since ~= nil or g.throttled ~= nil end

-- A call went through: 0 when nothing was wrong, 1 when it closes the breaker, 2 when the breaker's pause is not over.
local function recover(g)
  if not disturbed(g) then return 0 end
  redis.call('HDEL', g.key, 'failures', 'pause', 'probe', 'throttled')
  if get(g, 'until') > now then return 2 end
  if g == main then
    redis.call('HDEL', g.key, 'since', 'kind', 'code', 'reason', 'scope', 'name')
  else
    redis.call('DEL', g.key)
    redis.call('ZREM', main.key .. ':parts', g.key)
    g.changed = {}
  end
  return g.since and 1 or 0
end

-- Some pushes of a call that failed were taken: failures before are none in a row with this one. Trouble goes on.
local function begin_again(g)
  for _, name in ipairs({ 'failures', 'pause', 'probe', 'throttled' }) do g[name] = nil end
  redis.call('HDEL', g.key, 'failures', 'pause', 'probe', 'throttled')
end

local function mark(g)
  set(g, 'since', g.since or now)
  for i, name in ipairs({ 'code', 'reason', 'scope', 'name', 'kind' }) do set(g, name, ARGV[3 + i]) end
end

local function open(g, until_ms)
  set(g, 'until', until_ms)
  set(g, 'seen', now)
  mark(g)
end

local function enter(wanted, rate, ramp, urgent)
  local answer = { 0, 0, 0 }
  local probing = {}
  for i, g in ipairs(gates) do
    local wait = get(g, 'until') - now
    if wait <= 0 and get(g, 'failures') >= THRESHOLD then
      probing[#probing + 1] = i
      local left = get(g, 'probe') - now
      -- The longer the one who tries is at it, the longer the others stay away: they come back soon after it works.
      if left > 0 then wait = math.min(left, math.max(FIRST_LOOK, PROBE_TIME - left)) end
    end
    if wait > answer[2] then answer[2], answer[3] = math.ceil(wait), i end
    answer[3 + i] = disturbed(g) and 1 or 0
  end
  if answer[2] > 0 then return answer end
  for _, i in ipairs(probing) do
    if get(gates[i], 'probe') == 0 then answer[3 + i] = 2 end
    set(gates[i], 'probe', now + PROBE_TIME)
  end
  if #probing > 0 then wanted = math.min(wanted, PROBE_SIZE) end
  if #probing > 0 or rate == 0 then
    answer[1] = wanted
    return answer
  end
  local passed = math.max(0, now - get(main, 'at', now))
  local factor = math.min(1, get(main, 'factor', 1) + passed / math.max(RECOVERY, ramp))
  if ramp > 0 and (main.at == nil or passed > ramp) then factor = 0.1 end
  local speed = rate * factor
  local level = math.min(math.max(speed, 1), get(main, 'level', speed) + passed * speed / 1000)
  -- The last tenth is for urgent pushes.
  local kept = urgent and 0 or math.floor(speed / 10)
  local granted = math.max(0, math.min(wanted, math.floor(level) - kept))
  set(main, 'at', now)
  set(main, 'factor', factor)
  set(main, 'level', level - granted)
  answer[1] = granted
  if granted == 0 then answer[2] = math.ceil((kept + 1 - level) * 1000 / speed) end
  return answer
end

local answer = {}
if what == 'enter' then
  answer = enter(tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6] == '1')
elseif what == 'book' then
  local speed = math.max(tonumber(ARGV[4]) * get(main, 'factor', 1), 0)
  local turn = math.max(now, get(main, 'until'), get(main, 'booked'))
  if speed > 0 then set(main, 'booked', turn + tonumber(ARGV[3]) * 1000 / speed) end
  set(main, 'seen', now)
  answer = { math.ceil(turn - now) }
elseif what == 'works' then
  for i, g in ipairs(gates) do answer[i] = recover(g) end
else
  local g, asked = gates[#gates], tonumber(ARGV[3])
  answer[1] = 0
  for i = 1, #gates - 1 do answer[1 + i] = recover(gates[i]) end -- whoever refuses a part of it answers
  answer[1 + #gates] = 2
  if ARGV[9] == '1' then begin_again(g) end
  if what == 'slower' then
    if g == main then
      if now - get(g, 'lowered') > 1000 or now < get(g, 'lowered') then -- calls that fail together are one warning
        set(g, 'factor', math.max(LEAST, get(g, 'factor', 1) / 2))
        set(g, 'lowered', now)
      end
      set(g, 'level', 0)
      set(g, 'at', now)
    end
    if asked >= LONG then
      if get(g, 'until') <= now then answer[1 + #gates] = 3 end
      open(g, math.max(get(g, 'until'), now + asked))
    else
      set(g, 'until', math.max(get(g, 'until'), now + asked))
      set(g, 'seen', now)
      set(g, 'throttled', math.min(g.throttled or now, now))
      if now - g.throttled >= LONG then
        if not g.since then answer[1 + #gates] = 4 end
        mark(g)
      end
    end
    answer[1] = math.ceil(get(g, 'until') - now)
  else
    local failures = get(g, 'failures') + 1
    set(g, 'failures', failures)
    if failures < THRESHOLD then
      if not g.since then answer[1 + #gates] = 4 end
      mark(g)
    else
      if get(g, 'until') <= now then
        local pause = math.min(LONGEST_PAUSE, g.pause and g.pause * 2 or FIRST_PAUSE)
        set(g, 'pause', pause)
        set(g, 'probe', 0)
        open(g, now + math.max(pause, asked))
        answer[1 + #gates] = 3
      end
      answer[1] = math.ceil(get(g, 'until') - now)
    end
  end
  remember(g)
end
save()
return answer
