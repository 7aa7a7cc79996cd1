-- uses: labels
-- What became of one terminal: read of the first of these slots that the message is for.
-- ARGV: block number and offset into the block, of each slot
-- Returns { marker, 1 where the shard was planned else 0 }; where the message is for a slot also: group; state; receipts, and 'doubt', with a space after each; label of the failure or '', its minute or 0;
--   when a job for the block was, or will be, submitted (ms)
-- The label of a pending slot is that of its last attempt, or of why there was none.
local RECEIPTS = { 'delivered', 'clicked', 'muted', 'gone', 'recalled', 'doubt' }
local STATES = { 'pending', 'accepted', 'invalid', 'rejected', 'expired', 'cancelled' }

local function is_in(list, offset)
  return bit.band(bit.tobit(list[math.floor(offset / 32) + 1]), bit.lshift(1, offset % 32)) ~= 0
end

local function has(set, block, offset)
  local slots = slots_in(set, block)
  return slots and is_in(slots, offset)
end

local function state_of(block, offset)
  for _, state in ipairs(STATES) do
    if has(state, block, offset) then return state end
  end
end

-- Label and minute of the slot's part.
local function part_of(hash, block, offset, state)
  for _, part in ipairs(parts_without(hash, block, NO_SLOTS)) do
    local label = label_of(part[1])
    if is_in(part[3], offset) and label:match('^[^|]*|([^|]*)|') == state then return label, part[2] end
  end
  return '', 0
end

local function why(block, offset, state)
  if state ~= 'pending' then return part_of(':failed', block, offset, state) end
  local label = part_of(':tried', block, offset, 'expired')
  if label == '' then label = redis.call('HGET', m .. ':unsent', vendor_of(block)) or '' end
  return label, 0
end

-- The plan writes this counter; a shard that was ended before has none.
local planned = not is_being_planned() and redis.call('HEXISTS', m .. ':counts', '|pending') or 0
local answer = { redis.call('GET', m .. ':marker') or '', planned }
if planned == 0 then return answer end
for i = 1, #ARGV, 2 do
  local block, offset = ARGV[i], tonumber(ARGV[i + 1])
  local state = has('targeted', block, offset) and state_of(block, offset)
  if state then
    local receipts = ''
    for _, name in ipairs(RECEIPTS) do
      if has(name, block, offset) then receipts = receipts .. name .. ' ' end
    end
    local label, minute = why(block, offset, state)
    local _, due_ms = waiting(block)
    for _, value in ipairs({ group_of(block), state, receipts, label, minute, due_ms }) do
      answer[#answer + 1] = value
    end
    return answer
  end
end
return answer
