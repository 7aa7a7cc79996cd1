-- uses: sums
-- Changes in bundles, noted for the readers of events.
local NUMBERS, NOTHING -- numbers of KINDS, by state
local PAIR = 64
local note_moves, add_move, note_changes, note_sent, note_sums_of

local function is_open_state(state) return state == PENDING or state == RESERVED end

if is_read then
  NUMBERS = {}
  for state = PENDING, RESERVED do NUMBERS[state] = KINDS[NAMES[state]] end
  NOTHING = KINDS['']

  -- Note moves and receipts of a bundle: lists of slots, by `add_move`.
  function note_moves(number, moves)
    if not next(moves) then return end
    note('\5' .. struct.pack('>I5', number))
    for pair, by_label in pairs(moves) do
      for label, slots in pairs(by_label) do
        local known = label_in_entry(label)
        note(string.char(6, math.floor(pair / PAIR), pair % PAIR, known) .. pack_slots(slots))
      end
    end
  end

  -- A slot came from a state to a state or a receipt, which are numbers of KINDS.
  function add_move(moves, from, to, label, slot)
    local pair = PAIR * from + to
    local by_label = moves[pair]
    if not by_label then
      by_label = {}
      moves[pair] = by_label
    end
    local slots = by_label[label]
    if slots then slots[#slots + 1] = slot else by_label[label] = { slot } end
  end

  -- Why a slot is in its state; '' where it did not fail.
  local function why(bundle, slot, state, vendor)
    if state == RESERVED then return unanswered(vendor) end
    return (state == INVALID or state == REJECTED or state == EXPIRED) and label_of(bundle, slot) or ''
  end

  local closed = {} -- by page and segment: indexes of messages of which a slot was closed in this call

  local function note_closed(head, segments_at, slot_at)
    local high, low, index = head:byte(slot_at, slot_at + 2)
    local from = segments_at + 5 * (256 * high + low)
    local place = head:sub(from, from + 4)
    local indexes = closed[place]
    if indexes then indexes[index] = true else closed[place] = { [index] = true } end
  end

  -- Whether the message of a cell was sent: it was not cancelled, and none of its slots is open.
  local function was_sent(page, segment, cells, index)
    local kind = cells:byte(CELLS_HEAD + CELL * index + 1)
    if kind == PLACED then return true end
    if kind ~= SCATTERED then return false end
    local _, bundle, slot = cell_at(cells, index)
    for _, place in ipairs(placements({ page = page, segment = segment, kind = kind, bundle = bundle, slot = slot })) do
      local other = loaded(place[1])
      if other and is_open_state(state_of(other, place[2])) then return false end
    end
    return true
  end

  -- Note the messages that were sent.
  function note_sent()
    for place, indexes in pairs(closed) do
      local page, segment = struct.unpack('>I4B', place)
      local cells, sent = redis.call('HGET', page_key(page), segment), {}
      for index in pairs(cells and indexes or {}) do
        if was_sent(page, segment, cells, index) then sent[#sent + 1] = index end
      end
      if #sent > 0 then note_status(page, segment, SENT, sent) end
    end
  end

  -- Note the sums of the messages of these slots as they are stored, before the bundle is saved.
  function note_sums_of(bundle, slots)
    local _, _, segments_at, _, _, sends_at = bundle_head(bundle.head)
    local changed, known = all_loaded[bundle.number], {}
    all_loaded[bundle.number] = nil
    for _, slot in ipairs(slots) do
      local i, index = struct.unpack('>I2B', bundle.head, sends_at + SEND * slot)
      local page, segment = struct.unpack('>I4B', bundle.head, segments_at + 5 * i)
      local place = page .. ' ' .. segment .. ' ' .. index
      local found = not known[place] and redis.call('HMGET', page_key(page), segment, segment .. 'o')
      known[place] = true
      if found and found[1] then
        local created, message = struct.unpack('>I6', found[1]), { page = page, segment = segment }
        message.kind, message.bundle, message.slot = cell_at(found[1], index)
        if found[2] then
          local first
          page, segment, first = struct.unpack('>I4BI2', found[2])
          index = first + index
        end
        note(pack_sums(created, page, segment, index, message))
      end
    end
    all_loaded[bundle.number] = changed
  end

  -- Note in what a bundle differs from what is stored.
  function note_changes(bundle)
    local moves, before, vendor, _, segments_at, _, _, sends_at = {}, bundle.raw[2], bundle_head(bundle.head)
    for slot = 0, bundle.changed.v and bundle.size - 1 or -1 do
      local was, is = before:byte(slot + 1) % 8, bundle.states[slot + 1] % 8
      if was ~= is then
        if NUMBERS[was] ~= NUMBERS[is] then add_move(moves, NUMBERS[was], NUMBERS[is], why(bundle, slot, is, vendor), slot) end
        if is_open_state(was) and not is_open_state(is) then note_closed(bundle.head, segments_at, sends_at + SEND * slot) end
      end
    end
    for at = #(bundle.raw[7] or '') + 1, #bundle.receipts, 7 do
      local slot, kind = struct.unpack('>I2B', bundle.receipts, at)
      add_move(moves, NOTHING, RECEIPT_NUMBERS[kind], '', slot)
    end
    note_moves(bundle.number, moves)
  end
end

-- Note the messages that were sent, and write what was noted, at the end of the script.
local function write_bundle_events()
  if is_read then note_sent() end
  write_events()
end
