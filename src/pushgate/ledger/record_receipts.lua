-- uses: shard
-- Record receipts of one kind. Only terminals that were targeted count, each once.
-- ARGV: 'delivered' | 'clicked' | 'muted' | 'gone' | 'recalled', keep until (ms), minute, then for each report: block field
--   and offset of the slot in the block
-- Returns for each report: 1 new, 0 known, -1 not targeted.
local kind, keep_until_ms, minute = ARGV[1], ARGV[2], ARGV[3]
local other = ({ delivered = 'clicked', clicked = 'delivered' })[kind] -- a terminal with either has received the push
local answers, blocks = {}, {}

local function bits(name, field) return words(redis.call('HGET', m .. ':' .. name, field)) end

local function is_set(list, index, mask) return bit.band(bit.tobit(list[index]), mask) ~= 0 end

local function read(field)
  local block = { targeted = bits('targeted', field), seen = bits(kind, field), new = 0, received = 0, unaccepted = 0 }
  if other then block.other = bits(other, field) end
  if kind == 'clicked' then block.accepted = bits('accepted', field) end
  return block
end

local function mark_new(block, index, mask)
  block.seen[index] = bit.bor(bit.tobit(block.seen[index]), mask)
  block.new = block.new + 1
  if other and not is_set(block.other, index, mask) then block.received = block.received + 1 end
  if block.accepted and not is_set(block.accepted, index, mask) then block.unaccepted = block.unaccepted + 1 end
end

for i = 4, #ARGV, 2 do
  local field, offset = ARGV[i], tonumber(ARGV[i + 1])
  local index, mask = math.floor(offset / 32) + 1, bit.lshift(1, offset % 32)
  local block = blocks[field] or read(field)
  blocks[field] = block
  if not is_set(block.targeted, index, mask) then
    answers[#answers + 1] = -1
  elseif is_set(block.seen, index, mask) then
    answers[#answers + 1] = 0
  else
    mark_new(block, index, mask)
    answers[#answers + 1] = 1
  end
end
for field, block in pairs(blocks) do
  if block.new > 0 then
    write_block(m .. ':' .. kind, field, block.seen)
    add(field, kind, block.new)
    add(field, 'received', block.received)
    add(field, 'unaccepted_clicks', block.unaccepted)
    arrived(minute, kind, block.new)
    keep_until({ ':' .. kind, ':counts', ':timeline' }, keep_until_ms)
  end
end
return answers
