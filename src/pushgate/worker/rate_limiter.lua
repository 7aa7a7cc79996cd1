-- Shared by the scripts of rate limiter and circuit breakers: acquire, reserve, record_success and
-- record_failure. All workers call them, each time for one app and one vendor.
--
-- KEYS[1]: {q}:gate:<app>:<vendor>, a hash, for all that the app sends to the vendor: rate limit
-- and breaker. The other keys are {q}:gate:<app>:<vendor>:<scope>:<name>, hashes with a breaker
-- alone, for parts of it. ARGV[1]: now. Times are in ms, of the caller's clock.
--
--   at, level       token bucket: when it was last set, and its permits then
--   factor, lowered share of the rate that is used, and when it was last lowered; it grows back
--                   within a minute
--   until           before this time nothing is sent: the vendor asked for a pause, or the breaker
--                   is open
--   failures, pause consecutive failed calls, and the breaker's last pause
--   probe           until then one caller tests whether the vendor is back
--   throttled       since when the vendor has asked for less without accepting any push
--   booked          end of the queue of pushes that wait for permits
--   seen            when one of these times was set
--   since, kind, code, reason, scope, name
--                   while calls fail or nothing is sent: since when, why, and the scope
--
-- KEYS[1]:parts: a sorted set of the other keys that exist, by the time of their last failure; at
-- most MAX_PARTS.
local MAX_PARTS = 64
local KEEP_MS = 86400000
-- Clocks of workers may differ by this much; more means that a clock was set back.
local MAX_CLOCK_DIFFERENCE = 60000
-- The same for times that would stop or slow down pushes for as long as the difference.
local MAX_RATE_DIFFERENCE = 5000
local FAILURE_THRESHOLD = 5 -- consecutive failures that open a breaker

-- Status of a scope in an answer, as ScopeStatus in circuit_breaker.py.
local CLEAR, DISTURBED, HALF_OPENED, CLOSED, OPENED, FAILING = 0, 1, 2, 3, 4, 5

local now = tonumber(ARGV[1])

local function load(key)
  local hash, raw = { key = key, changed = {} }, redis.call('HGETALL', key)
  for i = 1, #raw, 2 do hash[raw[i]] = tonumber(raw[i + 1]) end
  return hash
end

local function get(hash, name, default) return hash[name] or default or 0 end

local function set(hash, name, value)
  hash[name] = value
  hash.changed[#hash.changed + 1] = name
  hash.changed[#hash.changed + 1] = type(value) == 'number' and string.format('%.6f', value) or value
end

local hashes = {}
for i, key in ipairs(KEYS) do
  hashes[i] = load(key)
  -- A clock that was set back must not stop anything.
  if get(hashes[i], 'seen', now) > now + MAX_CLOCK_DIFFERENCE then
    for _, name in ipairs({ 'until', 'probe', 'booked', 'seen' }) do set(hashes[i], name, 0) end
  end
end
local whole = hashes[1]

-- When a worker last filled or emptied the token bucket; the present time where the clock was set back meanwhile.
local function bucket_time()
  local at = get(whole, 'at', now)
  return at - now > MAX_RATE_DIFFERENCE and now or at
end

-- The bucket's time never goes back, although workers' clocks differ: else a worker whose clock is behind would let the bucket fill
-- again.
local function set_bucket(level)
  set(whole, 'at', math.max(now, bucket_time()))
  set(whole, 'level', level)
end

local function save()
  for _, hash in ipairs(hashes) do
    if #hash.changed > 0 then
      redis.call('HSET', hash.key, unpack(hash.changed))
      redis.call('PEXPIRE', hash.key, KEEP_MS)
    end
  end
end

local function is_disturbed(hash)
  return get(hash, 'failures') > 0 or hash.since ~= nil or hash.throttled ~= nil
end

local function clear_failures(hash)
  for _, name in ipairs({ 'failures', 'pause', 'probe', 'throttled' }) do hash[name] = nil end
  redis.call('HDEL', hash.key, 'failures', 'pause', 'probe', 'throttled')
end

-- A call succeeded. Returns the scope's status; a breaker closes only when its pause is over.
local function recover(hash)
  if not is_disturbed(hash) then return CLEAR end
  clear_failures(hash)
  if get(hash, 'until') > now then return DISTURBED end
  if hash == whole then
    redis.call('HDEL', hash.key, 'since', 'kind', 'code', 'reason', 'scope', 'name')
  else
    redis.call('DEL', hash.key)
    redis.call('ZREM', whole.key .. ':parts', hash.key)
    hash.changed = {}
  end
  return hash.since and CLOSED or CLEAR
end
