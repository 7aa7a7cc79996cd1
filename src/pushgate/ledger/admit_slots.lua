-- uses: cap_days
-- Admit single slots to small messages whose categories have caps, as admit.lua does for large ones. Where several caps apply, a slot is
-- over none of them, or takes no place of any.
-- KEYS[1]: {app:shard}. ARGV: keep the days' counts until (ms), keep the answers for (ms), the first day that is kept, then for each
--   message and slot: message id, slot, how many caps apply, then of each cap: category, local day, messages a day
-- An answer is kept for some time, because a round of small messages that was interrupted is repeated.
--   :cap-verdict:<message id>:<slot>  string: '0' admitted, or the number of the cap that the slot is over
-- Returns for each 0 if it is admitted, else the number of the cap, from 1 on.
local s, days_until, answers_for, first_day = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
local RANGE, HIGHEST = 65536, 3
local answers = {}

local function plane(slot, cap, i)
  return s .. ':cap:' .. cap.category .. ':' .. cap.day .. ':' .. math.floor(slot / RANGE) .. ':' .. i
end

local function offset(slot) return bit.bxor(slot % RANGE, 7) end -- GETBIT counts from the highest bit of each byte

local function count(slot, cap)
  local found = 0
  for i = 0, HIGHEST do found = found + redis.call('GETBIT', plane(slot, cap, i), offset(slot)) * 2 ^ i end
  return found
end

local function take(slot, cap)
  local before = count(slot, cap)
  for i = 0, HIGHEST do
    local was, is = math.floor(before / 2 ^ i) % 2, math.floor((before + 1) / 2 ^ i) % 2
    if was ~= is then
      redis.call('SETBIT', plane(slot, cap, i), offset(slot), is)
      redis.call('PEXPIREAT', plane(slot, cap, i), days_until)
    end
  end
  note_day(s, cap.category, cap.day, first_day, days_until)
end

local function admit(slot, caps)
  for number, cap in ipairs(caps) do
    if count(slot, cap) >= cap.limit then return number end
  end
  for _, cap in ipairs(caps) do take(slot, cap) end
  return 0
end

local i = 4
while i <= #ARGV do
  local message, slot, caps = ARGV[i], tonumber(ARGV[i + 1]), {}
  for number = 1, tonumber(ARGV[i + 2]) do
    local at = i + 3 * number
    caps[number] = { category = ARGV[at], day = ARGV[at + 1], limit = tonumber(ARGV[at + 2]) }
  end
  i = i + 3 + 3 * #caps
  local key = s .. ':cap-verdict:' .. message .. ':' .. slot
  local answer = redis.call('GET', key)
  if not answer then
    answer = admit(slot, caps)
    redis.call('SET', key, answer, 'PX', answers_for)
  end
  answers[#answers + 1] = tonumber(answer)
end
return answers
