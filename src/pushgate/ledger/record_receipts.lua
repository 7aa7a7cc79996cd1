-- uses: noted_moves
-- Record receipts of one kind. Only terminals that were targeted count, each once.
-- ARGV: 'delivered' | 'clicked' | 'muted' | 'gone' | 'recalled' | 'unproven', keep until (ms), minute, '1' for clicks after which
--   the notification is removed from the user's other terminals, else ''; then for each report: block number and offset of
--   the slot in the block
-- Returns for each report: 1 new, 0 known, -1 not targeted.
local kind, keep_until_ms, minute, clears = ARGV[1], ARGV[2], ARGV[3], ARGV[4] == '1'
local other = ({ delivered = 'clicked', clicked = 'delivered' })[kind] -- a terminal with either has received the push
local answers, blocks = {}, {}

local function bits(name, number) return slots_in(name, number) or words(nil) end

local function is_set(list, index, mask) return bit.band(bit.tobit(list[index]), mask) ~= 0 end

local function read(number)
  local block = { targeted = bits('targeted', number), seen = bits(kind, number), fresh = words(nil), new = 0, received = 0, unaccepted = 0 }
  if other then block.other = bits(other, number) end
  if kind == 'clicked' then block.accepted = bits('accepted', number) end
  return block
end

local function mark_new(block, index, mask)
  block.seen[index] = bit.bor(bit.tobit(block.seen[index]), mask)
  block.fresh[index] = bit.bor(block.fresh[index], mask)
  block.new = block.new + 1
  if other and not is_set(block.other, index, mask) then block.received = block.received + 1 end
  if block.accepted and not is_set(block.accepted, index, mask) then block.unaccepted = block.unaccepted + 1 end
end

-- Queue a click (bundles/click_queue.py).
local function queue_click(number, offset)
  local entry = 'l' .. m:match(':m:(.*)$') .. '|' .. clicked_place(number, offset, '|')
  redis.call('ZADD', home .. ':clicks', minute * 60000, entry)
end

for i = 5, #ARGV, 2 do
  local number, offset = ARGV[i], tonumber(ARGV[i + 1])
  local index, mask = math.floor(offset / 32) + 1, bit.lshift(1, offset % 32)
  local block = blocks[number] or read(number)
  blocks[number] = block
  if not is_set(block.targeted, index, mask) then
    answers[#answers + 1] = -1
  elseif is_set(block.seen, index, mask) then
    answers[#answers + 1] = 0
  else
    mark_new(block, index, mask)
    if clears then queue_click(number, offset) end
    answers[#answers + 1] = 1
  end
end
for number, block in pairs(blocks) do
  if block.new > 0 then
    write_slots(kind, number, block.seen)
    add(number, kind, block.new)
    add(number, 'received', block.received)
    add(number, 'unaccepted_clicks', block.unaccepted)
    arrived(minute, vendor_of(number), kind, block.new)
    if is_read then note_slots(number, '', kind, block.fresh, block.new) end
  end
end
if next(written) then keep_until({ ':counts', ':timeline' }, keep_until_ms) end
write_moves()
return answers
