-- uses: cap_days
-- Admit single slots to small messages whose categories have caps, as admit.lua does for large ones.
-- KEYS[1]: {app:shard}. ARGV: keep the days' counts until (ms), keep the answers for (ms), the first day that is kept, then for each
--   message and slot: message id, slot, category, local day, messages a day
-- An answer is kept for some time, because a round of small messages that was interrupted is repeated.
--   :cap-answer:<message id>:<slot>  string: '1' admitted, '0' not
-- Returns for each 1 if it is admitted, else 0.
local s, days_until, answers_for, first_day = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
local RANGE, HIGHEST = 65536, 3
local answers = {}

local function admit(slot, category, day, limit)
  local at = bit.bxor(slot % RANGE, 7) -- GETBIT counts from the highest bit of each byte
  local planes, count = {}, 0
  for i = 0, HIGHEST do
    planes[i] = s .. ':cap:' .. category .. ':' .. day .. ':' .. math.floor(slot / RANGE) .. ':' .. i
    count = count + redis.call('GETBIT', planes[i], at) * 2 ^ i
  end
  if count >= limit then return 0 end
  for i = 0, HIGHEST do
    local before, after = math.floor(count / 2 ^ i) % 2, math.floor((count + 1) / 2 ^ i) % 2
    if before ~= after then
      redis.call('SETBIT', planes[i], at, after)
      redis.call('PEXPIREAT', planes[i], days_until)
    end
  end
  note_day(s, category, day, first_day, days_until)
  return 1
end

for i = 4, #ARGV, 5 do
  local message, slot, category, day, limit = unpack(ARGV, i, i + 4)
  local key = s .. ':cap-answer:' .. message .. ':' .. slot
  local answer = redis.call('GET', key)
  if not answer then
    answer = admit(tonumber(slot), category, day, tonumber(limit))
    redis.call('SET', key, answer, 'PX', answers_for)
  end
  answers[#answers + 1] = tonumber(answer)
end
return answers
