-- uses: bundle
-- Write the sums of messages into the stream of events, for readers that missed some.
-- ARGV: of each message: creation time (ms), page, segment, index, id. Returns 1. A message that became a large one has its sums
-- in the ledger.
if not is_read then return 1 end
local RECEIPT_NUMBERS = { KINDS.delivered, KINDS.clicked, KINDS.muted, KINDS.gone, KINDS.recalled,
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

local function note_sums(id, sums)
  local groups = {}
  for name, counts in pairs(sums) do
    local packed = {}
    for number, n in pairs(counts) do packed[#packed + 1] = struct.pack('>BI4', number, n) end
    groups[#groups + 1] = counted_text(name) .. string.char(#packed) .. table.concat(packed)
  end
  note('\12' .. counted_text(id) .. struct.pack('>I2', #groups) .. table.concat(groups))
end

for at = 1, #ARGV, 5 do
  local message = find_message(tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3]))
  local sums = {}
  for _, place in ipairs(message and placements(message) or {}) do
    local bundle = loaded(place[1])
    if bundle then add_slot(sums, bundle, place[2]) end
  end
  if not message or (message.kind ~= LARGE and message.kind ~= BECOMES_LARGE) then note_sums(ARGV[at + 4], sums) end
end
write_events()
return 1
