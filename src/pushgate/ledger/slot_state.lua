-- uses: labels
-- The state of one slot of the message.
local RECEIPTS = { 'delivered', 'clicked', 'muted', 'gone', 'recalled', 'unproven', 'doubt' }
local STATES = { 'accepted', 'pending', 'invalid', 'rejected', 'expired', 'cancelled' }

local function is_in(list, offset)
  return bit.band(bit.tobit(list[math.floor(offset / 32) + 1]), bit.lshift(1, offset % 32)) ~= 0
end

local function state_of(block, offset)
  for _, state in ipairs(STATES) do
    if is_in_set(state, block, offset) then return state end
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

-- Whether the shard was planned. The plan writes this counter; a shard that was ended before has none.
local function is_planned()
  return not is_being_planned() and redis.call('HEXISTS', m .. ':counts', '|pending') == 1
end

-- Names of the sets that say which variant the slot gets, with a space after each: 'arm:<n>' or 'rest'.
local function variant_of(block, offset)
  for n = 0, (redis.call('HGET', m .. ':counts', '|variants') or 0) - 1 do
    if is_in_set('arm:' .. n, block, offset) then return 'arm:' .. n .. ' ' end
  end
  return is_in_set('rest', block, offset) and 'rest ' or ''
end

-- Of a slot that the message is for: its group; state; receipts, 'doubt' and variant_of, with a space after each; label of the failure or
-- '', its minute or 0; when a job for the block was, or will be, submitted (ms). Else nil.
-- The label of a pending slot is that of its last attempt, or of why there was none.
local function slot_values(block, offset)
  local state = is_in_set('targeted', block, offset) and state_of(block, offset)
  if not state then return nil end
  local receipts = ''
  for _, name in ipairs(RECEIPTS) do
    if is_in_set(name, block, offset) then receipts = receipts .. name .. ' ' end
  end
  receipts = receipts .. variant_of(block, offset)
  local label, minute = why(block, offset, state)
  local _, due_ms = waiting(block)
  return { group_of(block), state, receipts, label, minute, due_ms }
end
