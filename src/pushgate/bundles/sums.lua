-- uses: bundle
-- The sums of messages, told to readers that do not know where slots came from: they missed events, or began later.
local RECEIPT_NUMBERS, pack_sums -- RECEIPT_NUMBERS: numbers of KINDS, by receipt

if is_read then
  RECEIPT_NUMBERS = { KINDS.delivered, KINDS.clicked, KINDS.muted, KINDS.gone, KINDS.recalled,
    KINDS.unproven }

  local function add_slot(sums, bundle, slot)
    local _, _, _, _, groups_at, sends_at = bundle_head(bundle.head)
    local group, at = bundle.head:byte(sends_at + SEND * slot + 3), groups_at + 1
    for _ = 1, group do at = at + 1 + bundle.head:byte(at) end
    local name = bundle.head:sub(at + 1, at + bundle.head:byte(at))
    local counts = sums[name] or {}
    sums[name] = counts
    local function add(number) counts[number] = (counts[number] or 0) + 1 end
    add(KINDS.targeted)
    add(KINDS[NAMES[state_of(bundle, slot)]])
    for from = 1, #bundle.receipts, 7 do
      local of, kind = struct.unpack('>I2B', bundle.receipts, from)
      if of == slot then add(RECEIPT_NUMBERS[kind]) end
    end
  end

  -- A part of an entry: the sums of a message, created then (ms), at the position that its id says. `message` is what
  -- find_message returned.
  function pack_sums(created, page, segment, index, message)
    local sums, groups = {}, {}
    for _, place in ipairs(message and placements(message) or {}) do
      local bundle = loaded(place[1])
      if bundle then add_slot(sums, bundle, place[2]) end
    end
    for name, counts in pairs(sums) do
      local packed = {}
      for number, n in pairs(counts) do packed[#packed + 1] = struct.pack('>BI4', number, n) end
      groups[#groups + 1] = counted_text(name) .. string.char(#packed) .. table.concat(packed)
    end
    return '\14' .. struct.pack('>I6I4BI2I2', created, page, segment, index, #groups) .. table.concat(groups)
  end
end
