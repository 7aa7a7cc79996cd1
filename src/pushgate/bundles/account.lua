-- uses: bundle
-- Reading messages: their bodies, and the results of their slots.
local bodies, numbers = {}, {} -- of segments: those that were read; by page and segment their numbers among these

-- The number of a segment's bodies among those that were read; 0 where they were dropped.
local function bodies_of(page, segment)
  local name = page .. ' ' .. segment
  if not numbers[name] then
    local raw = redis.call('HGET', T .. ':c:' .. page, segment)
    if raw then bodies[#bodies + 1] = raw end
    numbers[name] = raw and #bodies or 0
  end
  return numbers[name]
end

-- Read the head of a bundle once: its vendor, where its sends begin, and the names of its groups.
local function read_head(bundle)
  local vendor, _, _, _, groups_at, sends_at = bundle_head(bundle.head)
  bundle.vendor, bundle.sends_at, bundle.groups = vendor, sends_at, {}
  local at = groups_at + 1
  while at < sends_at do
    local length = bundle.head:byte(at)
    bundle.groups[#bundle.groups + 1] = bundle.head:sub(at + 1, at + length)
    at = at + 1 + length
  end
end

local function receipts_of(bundle, slot)
  local wanted, at, found = struct.pack('>I2', slot), bundle.receipts ~= '' and 0 or nil, {}
  while at do
    at = bundle.receipts:find(wanted, at + 1, true)
    if at and at % 7 == 1 then found[#found + 1] = bundle.receipts:sub(at + 2, at + 6) end
  end
  return table.concat(found)
end

-- Append the values of a slot, as read.lua returns them; nothing where the bundle's retention is over.
local function add_slot_values(place, into)
  local bundle, slot = loaded(place[1]), place[2]
  if not bundle then return end
  if not bundle.groups then read_head(bundle) end
  local _, _, group, shard, terminal = struct.unpack('>I2BBI2I4', bundle.head, bundle.sends_at + SEND * slot)
  -- A push that is sent at most once counts as unanswered until its answer comes.
  local label = state_of(bundle, slot) == RESERVED and unanswered(bundle.vendor) or label_of(bundle, slot) or ''
  for _, value in ipairs({ place[1], slot, bundle.groups[group + 1], shard, terminal,
    bundle.states[slot + 1], bundle.seconds[slot + 1], expires_at(bundle, slot), attempts_of(bundle, slot),
    label, receipts_of(bundle, slot) }) do
    into[#into + 1] = value
  end
end
