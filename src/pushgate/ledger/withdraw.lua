-- uses: shard
-- Choose slots from which the message's notification is to be removed, each once, and queue them (bundles/click_queue.py) in the
-- same step. These are accepted, or were sent without an answer and are not sent again; and nobody clicked there.
-- ARGV: keep until (ms), now (ms), the vendors that can remove none, with a space before and after each, then of each slot:
--   block number and offset
-- Returns by turns: vendor, how many of its slots were chosen.
local PER_ENTRY = 64
local keep_until_ms, now_ms, unable = ARGV[1], ARGV[2], ARGV[3]
local blocks, slots, counts = {}, {}, {}

local function is_wanted(number, offset)
  local in_doubt = is_in_set('doubt', number, offset) and not is_in_set('pending', number, offset)
  return (in_doubt or is_in_set('accepted', number, offset)) and not is_in_set('clicked', number, offset)
    and not is_in_set('recalled', number, offset) and not is_in_set('gone', number, offset)
    and not unable:find(' ' .. vendor_of(number) .. ' ', 1, true)
end

for i = 4, #ARGV, 2 do
  local number, offset = tonumber(ARGV[i]), tonumber(ARGV[i + 1])
  local block = blocks[number] or { seen = slots_in('withdrawn', number) or words(nil), new = 0 }
  blocks[number] = block
  local index, mask = math.floor(offset / 32) + 1, bit.lshift(1, offset % 32)
  if bit.band(bit.tobit(block.seen[index]), mask) == 0 and is_wanted(number, offset) then
    block.seen[index], block.new = bit.bor(bit.tobit(block.seen[index]), mask), block.new + 1
    slots[#slots + 1] = clicked_place(number, offset, '.')
  end
end
for number, block in pairs(blocks) do
  if block.new > 0 then
    write_slots('withdrawn', number, block.seen)
    add(number, 'withdrawn', block.new)
    counts[vendor_of(number)] = (counts[vendor_of(number)] or 0) + block.new
  end
end
for from = 1, #slots, PER_ENTRY do
  local some = table.concat(slots, ',', from, math.min(#slots, from + PER_ENTRY - 1))
  redis.call('ZADD', home .. ':clicks', now_ms, 'w' .. m:match(':m:(.*)$') .. '|' .. some)
end
if next(written) then keep_until({}, keep_until_ms) end
local answer = {}
for vendor, n in pairs(counts) do
  answer[#answer + 1] = vendor
  answer[#answer + 1] = n
end
return answer
