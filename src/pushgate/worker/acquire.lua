-- uses: rate_limiter
-- Permits for pushes, unless a breaker is open.
-- ARGV: now, permits wanted, rate a second or 0, ramp ms or 0, 1 if urgent
-- Returns: permits, ms to wait when there are none, the number of the key whose breaker makes the
--   caller wait or 0; then for each key CLEAR, DISTURBED, or HALF_OPENED by this call
local PROBE_TIME, PROBE_SIZE = 15000, 16
local FIRST_PROBE_WAIT = 1000
local RECOVERY_TIME = 60000
local RAMP_START = 0.1
local URGENT_SHARE = 10 -- one permit in ten is reserved for urgent pushes

-- How long the breaker makes the caller wait, and whether the caller would test the vendor.
local function breaker_wait(hash)
  local wait = get(hash, 'until') - now
  if wait > 0 or get(hash, 'failures') < FAILURE_THRESHOLD then return wait, false end
  local left = get(hash, 'probe') - now
  -- The longer a probe takes, the longer the others wait: they come back soon after it succeeds.
  if left > 0 then wait = math.min(left, math.max(FIRST_PROBE_WAIT, PROBE_TIME - left)) end
  return wait, true
end

-- Take from the token bucket. Returns permits, and ms to wait when there are none.
local function take(wanted, rate, ramp, urgent)
  local passed = math.max(0, now - bucket_time())
  local factor = math.min(1, get(whole, 'factor', 1) + passed / math.max(RECOVERY_TIME, ramp))
  if ramp > 0 and (whole.at == nil or passed > ramp) then factor = RAMP_START end
  local speed = rate * factor
  local level = math.min(math.max(speed, 1), get(whole, 'level', speed) + passed * speed / 1000)
  local reserved = urgent and 0 or math.floor(speed / URGENT_SHARE)
  local granted = math.max(0, math.min(wanted, math.floor(level) - reserved))
  set(whole, 'factor', factor)
  set_bucket(level - granted)
  return granted, granted == 0 and math.ceil((reserved + 1 - level) * 1000 / speed) or 0
end

local function acquire(wanted, rate, ramp, urgent)
  local answer, probing = { 0, 0, 0 }, {}
  for i, hash in ipairs(hashes) do
    local wait, probe = breaker_wait(hash)
    if probe then probing[#probing + 1] = i end
    if wait > answer[2] then answer[2], answer[3] = math.ceil(wait), i end
    answer[3 + i] = is_disturbed(hash) and DISTURBED or CLEAR
  end
  if answer[2] > 0 then return answer end
  for _, i in ipairs(probing) do
    if get(hashes[i], 'probe') == 0 then answer[3 + i] = HALF_OPENED end
    set(hashes[i], 'probe', now + PROBE_TIME)
  end
  if #probing > 0 then
    answer[1] = math.min(wanted, PROBE_SIZE)
  elseif rate == 0 then
    answer[1] = wanted
  else
    answer[1], answer[2] = take(wanted, rate, ramp, urgent)
  end
  return answer
end

local answer = acquire(tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5] == '1')
save()
return answer
