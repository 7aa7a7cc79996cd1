-- uses: bundle
-- Choose terminals from which notifications of messages are to be removed, each once, and queue them (click_queue.py) in the same
-- step. The push to them is accepted, or was sent without an answer and is not sent again; and nobody clicked there.
-- ARGV: now (ms), then of each message: the vendors that can remove none, with a space before and after each, id, and as read
--   from it: creation time (ms), page, segment, index; then terminals, 6 bytes each: shard (2), slot (4)
-- Returns by turns: vendor, how many of its terminals were chosen.
local PER_ENTRY = 64
local now_ms, counts = ARGV[1], {}

-- The terminal of a slot, where it shows the notification, and its vendor.
local function shown_at(bundle, slot)
  local state = state_of(bundle, slot)
  local in_doubt = has_flag(bundle, slot, DOUBT) and state ~= PENDING and state ~= RESERVED
  if not (state == ACCEPTED or in_doubt) or has_flag(bundle, slot, CLICKED) or has_flag(bundle, slot, GONE) then return nil end
  local vendor, _, _, _, _, sends_at = bundle_head(bundle.head)
  local from = sends_at + SEND * slot + 4
  return bundle.head:sub(from, from + 5), vendor
end

local function queue(id, chosen)
  for from = 1, #chosen, PER_ENTRY do
    local slots = {}
    for i = from, math.min(#chosen, from + PER_ENTRY - 1) do
      slots[#slots + 1] = table.concat({ struct.unpack('>I2I4', chosen[i]) }, '.', 1, 2)
    end
    redis.call('ZADD', T .. ':clicks', now_ms, 'w' .. id .. '|' .. table.concat(slots, ','))
  end
end

for at = 2, #ARGV, 7 do
  local unable, id, terminals = ARGV[at], ARGV[at + 1], ARGV[at + 6]
  local message = find_message(tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4]), tonumber(ARGV[at + 5]))
  local name = message and message.segment .. '.' .. message.index .. 'w'
  local known = message and redis.call('HGET', page_key(message.page), name)
  local wanted, chosen = {}, {}
  for from = 1, known and #terminals or 0, 6 do wanted[terminals:sub(from, from + 5)] = true end
  for from = 1, known and #known or 0, 6 do wanted[known:sub(from, from + 5)] = nil end
  for _, place in ipairs(known and placements(message) or {}) do
    local bundle, slot = loaded(place[1]), place[2]
    local terminal, vendor
    if bundle then terminal, vendor = shown_at(bundle, slot) end
    if terminal and wanted[terminal] and not unable:find(' ' .. vendor .. ' ', 1, true) then
      wanted[terminal] = nil
      chosen[#chosen + 1] = terminal
      counts[vendor] = (counts[vendor] or 0) + 1
    end
  end
  if #chosen > 0 then redis.call('HSET', page_key(message.page), name, known .. table.concat(chosen)) end
  queue(id, chosen)
end
local answer = {}
for vendor, n in pairs(counts) do
  answer[#answer + 1] = vendor
  answer[#answer + 1] = n
end
return answer
