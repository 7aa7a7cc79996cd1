-- uses: rate_limiter
-- A call failed. The failure concerns the last key. The breakers of the other keys recover: a vendor that refuses only a part works
-- otherwise.
-- ARGV: now, 1 if the vendor asked for less, ms that it asked to wait, code, reason, scope, name,
--   kind, 1 if some pushes of the same call were accepted
-- Returns: ms for which nothing is sent; then for each key CLEAR, CLOSED, DISTURBED, or OPENED or
--   FAILING by this call
local FIRST_PAUSE, MAX_PAUSE = 5000, 300000
local MIN_FACTOR = 0.05
-- A vendor that asks for pauses shorter than this (ms), and for no longer than this, still counts as working.
local LONG_PAUSE = 10000

local failed, asked = hashes[#hashes], tonumber(ARGV[3])

-- Store since when and why calls fail. Returns whether they did not fail before.
local function describe()
  local is_new = not failed.since
  set(failed, 'since', failed.since or now)
  for i, name in ipairs({ 'code', 'reason', 'scope', 'name', 'kind' }) do
    set(failed, name, ARGV[3 + i])
  end
  return is_new
end

local function open(until_ms)
  local was_open = get(failed, 'until') > now
  set(failed, 'until', until_ms)
  set(failed, 'seen', now)
  describe()
  return was_open and DISTURBED or OPENED
end

-- Halve the rate. Calls that fail together are one warning.
local function slow_down()
  local passed = now - get(failed, 'lowered')
  if passed > 1000 or passed < -MAX_RATE_DIFFERENCE then
    set(failed, 'factor', math.max(MIN_FACTOR, get(failed, 'factor', 1) / 2))
    set(failed, 'lowered', now)
  end
  set_bucket(0)
end

-- The vendor asked for less. Returns the new status.
local function throttle()
  if failed == whole then slow_down() end
  local until_ms = math.max(get(failed, 'until'), now + asked)
  if asked >= LONG_PAUSE then return open(until_ms) end
  set(failed, 'until', until_ms)
  set(failed, 'seen', now)
  set(failed, 'throttled', math.min(failed.throttled or now, now))
  if now - failed.throttled >= LONG_PAUSE and describe() then return FAILING end
  return DISTURBED
end

-- The vendor refused the call, or did not answer. Returns the new status.
local function fail()
  set(failed, 'failures', get(failed, 'failures') + 1)
  if failed.failures < FAILURE_THRESHOLD then return describe() and FAILING or DISTURBED end
  if get(failed, 'until') > now then return DISTURBED end
  local pause = math.min(MAX_PAUSE, failed.pause and failed.pause * 2 or FIRST_PAUSE)
  set(failed, 'pause', pause)
  set(failed, 'probe', 0)
  return open(now + math.max(pause, asked))
end

-- Remove the parts beyond the limit, beginning with those whose last failure is longest ago: callers choose the names, and these
-- must not fill the memory.
local function bound_parts()
  if failed == whole then return end
  local parts = whole.key .. ':parts'
  redis.call('ZADD', parts, now, failed.key)
  redis.call('PEXPIRE', parts, KEEP_MS)
  for _, key in ipairs(redis.call('ZRANGE', parts, 0, -MAX_PARTS - 1)) do
    redis.call('DEL', key)
    redis.call('ZREM', parts, key)
  end
end

local answer = { 0 }
for i = 1, #hashes - 1 do answer[1 + i] = recover(hashes[i]) end
if ARGV[9] == '1' then clear_failures(failed) end
local throttled = ARGV[2] == '1'
answer[1 + #hashes] = throttled and throttle() or fail()
-- Before the threshold a failure pauses nothing.
if throttled or failed.failures >= FAILURE_THRESHOLD then
  answer[1] = math.ceil(get(failed, 'until') - now)
end
bound_parts()
save()
return answer
