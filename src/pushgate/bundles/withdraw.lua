-- uses: bundle
-- Choose terminals from which a message's notification is to be removed, each once, and queue them (click_queue.py) in the same
-- step. The push to them is accepted, and nobody clicked there.
-- ARGV: now (ms), vendors with a space before and after each, message id, and as read from it: creation time (ms), page, segment,
--   index; then terminals, 6 bytes each: shard (2), slot (4)
-- Returns by turns: vendor, how many of its terminals were chosen.
local PER_ENTRY = 64
local now_ms, vendors, id, terminals = ARGV[1], ARGV[2], ARGV[3], ARGV[8]
local message = find_message(tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]))
local name = message and message.segment .. '.' .. message.index .. 'w'
local known = message and redis.call('HGET', page_key(message.page), name)
if not known then return {} end

local wanted, chosen, slots, counts = {}, {}, {}, {}
for at = 1, #terminals, 6 do wanted[terminals:sub(at, at + 5)] = true end
for at = 1, #known, 6 do wanted[known:sub(at, at + 5)] = nil end
for _, place in ipairs(placements(message)) do
  local bundle, slot = loaded(place[1]), place[2]
  if bundle and state_of(bundle, slot) == ACCEPTED and not has_flag(bundle, slot, CLICKED) and not has_flag(bundle, slot, GONE) then
    local vendor, _, _, _, _, sends_at = bundle_head(bundle.head)
    local from = sends_at + SEND * slot + 4
    local terminal = bundle.head:sub(from, from + 5)
    if wanted[terminal] and vendors:find(' ' .. vendor .. ' ', 1, true) then
      wanted[terminal] = nil
      chosen[#chosen + 1] = terminal
      slots[#slots + 1] = table.concat({ struct.unpack('>I2I4', terminal) }, '.', 1, 2)
      counts[vendor] = (counts[vendor] or 0) + 1
    end
  end
end
if #chosen > 0 then redis.call('HSET', page_key(message.page), name, known .. table.concat(chosen)) end
for from = 1, #slots, PER_ENTRY do
  local some = table.concat(slots, ',', from, math.min(#slots, from + PER_ENTRY - 1))
  redis.call('ZADD', T .. ':clicks', now_ms, 'w' .. id .. '|' .. some)
end
local answer = {}
for vendor, n in pairs(counts) do
  answer[#answer + 1] = vendor
  answer[#answer + 1] = n
end
return answer
