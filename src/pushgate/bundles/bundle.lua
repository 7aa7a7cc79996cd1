-- uses: home
-- One bundle: its slots read, changed and written back.

-- Parts of `ns`: length of the vendor's name (1), the name, priority (1), number of segments (2), then of each its page (4)
-- and segment (1); number of groups (1), then of each the length of its name (1) and the name. Returns the vendor, the
-- priority, where the segments begin, how many they are, where the groups begin, and where the sends begin.
local function bundle_head(text)
  local length = text:byte(1)
  local at = 2 + length
  local segments = struct.unpack('>I2', text, at + 1)
  local groups_at = at + 3 + 5 * segments
  local sends_at = groups_at + 1
  for _ = 1, text:byte(groups_at) do sends_at = sends_at + 1 + text:byte(sends_at) end
  return text:sub(2, 1 + length), text:byte(at), at + 3, segments, groups_at, sends_at
end

-- The bundle with its fields as tables; nil where its retention is over.
local function load_bundle(number)
  local key = bundle_key(number)
  local raw = redis.call('HMGET', key, number .. 's', number .. 'v', number .. 'w', number .. 'e', number .. 'f',
    number .. 'l', number .. 'r')
  if not raw[2] then return nil end
  local bundle = { number = number, key = key, raw = raw, head = raw[1], states = { raw[2]:byte(1, -1) }, receipts = raw[7] or '' }
  local size = #bundle.states
  bundle.size, bundle.expiry = size, raw[4]
  bundle.seconds = { struct.unpack('>' .. string.rep('I4', size), raw[3]) }
  bundle.tries, bundle.labels, bundle.changed = {}, {}, {}
  local tries = raw[5] or ''
  for at = 1, #tries, 4 do
    local slot, attempts, label = struct.unpack('>I2BB', tries, at)
    bundle.tries[slot] = { attempts, label }
  end
  for label in (raw[6] or ''):gmatch('[^\n]+') do bundle.labels[#bundle.labels + 1] = label end
  return bundle
end

local all_loaded = {}

-- The bundle, loaded once; false where its retention is over.
local function loaded(number)
  if all_loaded[number] == nil then all_loaded[number] = load_bundle(number) or false end
  return all_loaded[number]
end

local function expires_at(bundle, slot)
  return (struct.unpack('>I4', bundle.expiry, #bundle.expiry == 4 and 1 or 4 * slot + 1))
end

local function state_of(bundle, slot) return bundle.states[slot + 1] % 8 end

local function has_flag(bundle, slot, flag)
  return math.floor(bundle.states[slot + 1] / flag) % 2 == 1
end

local function set_flag(bundle, slot, flag)
  if not has_flag(bundle, slot, flag) then bundle.states[slot + 1] = bundle.states[slot + 1] + flag end
  bundle.changed.v = true
end

local function clear_flag(bundle, slot, flag)
  if has_flag(bundle, slot, flag) then bundle.states[slot + 1] = bundle.states[slot + 1] - flag end
  bundle.changed.v = true
end

local function set_second(bundle, slot, second)
  bundle.seconds[slot + 1] = second
  bundle.changed.w = true
end

local function set_state(bundle, slot, state, second)
  local byte = bundle.states[slot + 1]
  bundle.states[slot + 1] = byte - byte % 8 + state
  bundle.changed.v = true
  set_second(bundle, slot, second)
end

-- The number of a label. Past the bound one label stands for all others of its state.
local function label_number(bundle, label)
  for number, known in ipairs(bundle.labels) do
    if known == label then return number end
  end
  if #bundle.labels >= MAX_LABELS then
    local other = label:match('^([^|]*|[^|]*|)') .. 'other|more codes than are told apart'
    for number, known in ipairs(bundle.labels) do
      if known == other then return number end
    end
    label = other
  end
  bundle.labels[#bundle.labels + 1] = label
  bundle.changed.l = true
  return #bundle.labels
end

local function attempts_of(bundle, slot) return bundle.tries[slot] and bundle.tries[slot][1] or 0 end

local function label_of(bundle, slot) return bundle.tries[slot] and bundle.labels[bundle.tries[slot][2]] or nil end

-- Note attempts and a label; '' for no label.
local function note_try(bundle, slot, attempts, label)
  local number = label ~= '' and label_number(bundle, label) or 0
  bundle.tries[slot] = (attempts > 0 or number > 0) and { math.min(attempts, 255), number } or nil
  bundle.changed.f = true
end

local function as_expired(label) return (label:gsub('^([^|]*)|[^|]*|', '%1|expired|', 1)) end

local function as_rejected(label) return (label:gsub('^([^|]*)|[^|]*|', '%1|rejected|', 1)) end

local function never_sent(vendor)
  return vendor .. '|expired|ttl|never sent: the time to live was over before it was its turn'
end

local function unanswered(vendor)
  return vendor .. '|rejected|unanswered|sent, but no answer came, and the message asked not to be sent twice'
end

-- A pending slot has expired: for the result of its last attempt, or because there was none.
local function expire(bundle, slot, vendor, now_s)
  local label = label_of(bundle, slot)
  set_state(bundle, slot, EXPIRED, now_s)
  note_try(bundle, slot, attempts_of(bundle, slot), label and as_expired(label) or never_sent(vendor))
end

-- A slot was reserved, and its worker is gone: the push may have been sent, so it is never sent again.
local function give_up_reserved(bundle, slot, vendor, now_s)
  set_state(bundle, slot, REJECTED, now_s)
  set_flag(bundle, slot, DOUBT)
  note_try(bundle, slot, attempts_of(bundle, slot), unanswered(vendor))
end

-- How many slots are open, pending or reserved; and when somebody must look after the bundle: the soonest second at which a
-- slot is to be sent or expires, 0 where one is reserved by nobody, nil where none is open.
local function open_slots(bundle)
  local open, soonest = 0, nil
  for slot = 0, bundle.size - 1 do
    local state = state_of(bundle, slot)
    if state == PENDING then
      open = open + 1
      local second = math.min(bundle.seconds[slot + 1], expires_at(bundle, slot))
      if not soonest or second < soonest then soonest = second end
    elseif state == RESERVED then
      open, soonest = open + 1, 0
    end
  end
  return open, soonest
end

local function is_open(bundle)
  for slot = 0, bundle.size - 1 do
    local state = state_of(bundle, slot)
    if state == PENDING or state == RESERVED then return true end
  end
  return false
end

local RECEIPT_NAMES = { 'delivered', 'clicked', 'muted', 'gone', 'recalled', 'unproven' }

-- Tell readers of moves and receipts of a bundle: lists of slots by '<from> <to>' and label.
local function note_moves(number, moves)
  if not next(moves) then return end
  note('\5' .. struct.pack('>I5', number))
  for name, by_label in pairs(moves) do
    local from, to = name:match('^(%a*) (%a+)$')
    for label, slots in pairs(by_label) do
      local known = label_in_entry(label)
      note(string.char(6, KINDS[from], KINDS[to], known) .. pack_slots(slots))
    end
  end
end

local function add_move(moves, from, to, label, slot)
  local name = from .. ' ' .. to
  moves[name] = moves[name] or {}
  moves[name][label] = moves[name][label] or {}
  table.insert(moves[name][label], slot)
end

-- Why a slot is in its state; '' where it did not fail.
local function why(bundle, slot, vendor)
  local state = state_of(bundle, slot)
  if state == RESERVED then return unanswered(vendor) end
  return (state == INVALID or state == REJECTED or state == EXPIRED) and label_of(bundle, slot) or ''
end

local closed = {} -- by page and segment: indexes of messages of which a slot was closed in this call

local function note_closed(bundle, slot)
  local _, _, segments_at, _, _, sends_at = bundle_head(bundle.head)
  local i, index = struct.unpack('>I2B', bundle.head, sends_at + SEND * slot)
  local place = bundle.head:sub(segments_at + 5 * i, segments_at + 5 * i + 4)
  closed[place] = closed[place] or {}
  closed[place][index] = true
end

local function is_open_state(state) return state == PENDING or state == RESERVED end

-- Whether the message of a cell was sent: it was not cancelled, and none of its slots is open.
local function was_sent(page, segment, cells, index)
  local kind, bundle, slot = cell_at(cells, index)
  if kind == PLACED then return true end
  if kind ~= SCATTERED then return false end
  for _, place in ipairs(placements({ page = page, segment = segment, kind = kind, bundle = bundle, slot = slot })) do
    local other = loaded(place[1])
    if other and is_open_state(state_of(other, place[2])) then return false end
  end
  return true
end

-- Tell readers of messages that were sent, and write what was noted, at the end of the script.
local function write_small_events()
  for place, indexes in pairs(closed) do
    local page, segment = struct.unpack('>I4B', place)
    local cells, sent = redis.call('HGET', page_key(page), segment), {}
    for index in pairs(cells and indexes or {}) do
      if was_sent(page, segment, cells, index) then sent[#sent + 1] = index end
    end
    if #sent > 0 then note_status(page, segment, SENT, sent) end
  end
  write_events()
end

-- Tell readers in what the bundle differs from what is stored.
local function note_changes(bundle)
  local moves, before, vendor = {}, bundle.raw[2], (bundle_head(bundle.head))
  for slot = 0, bundle.changed.v and bundle.size - 1 or -1 do
    local was, is = before:byte(slot + 1) % 8, state_of(bundle, slot)
    if NAMES[was] ~= NAMES[is] then add_move(moves, NAMES[was], NAMES[is], why(bundle, slot, vendor), slot) end
    if is_open_state(was) and not is_open_state(is) then note_closed(bundle, slot) end
  end
  for at = #(bundle.raw[7] or '') + 1, #bundle.receipts, 7 do
    local slot, kind = struct.unpack('>I2B', bundle.receipts, at)
    add_move(moves, '', RECEIPT_NAMES[kind], '', slot)
  end
  note_moves(bundle.number, moves)
end

-- Write what changed.
local function save_bundle(bundle)
  if next(bundle.changed) and has_readers() then note_changes(bundle) end
  local changed, number, values = bundle.changed, bundle.number, {}
  local function put(name, value)
    values[#values + 1] = number .. name
    values[#values + 1] = value
  end
  if changed.v then put('v', string.char(unpack(bundle.states))) end
  if changed.w then put('w', struct.pack('>' .. string.rep('I4', bundle.size), unpack(bundle.seconds))) end
  if changed.e then put('e', bundle.expiry) end
  if changed.l then put('l', table.concat(bundle.labels, '\n')) end
  if changed.r then put('r', bundle.receipts) end
  if changed.f then
    local parts = {}
    for slot = 0, bundle.size - 1 do
      local known = bundle.tries[slot]
      if known then parts[#parts + 1] = struct.pack('>I2BB', slot, known[1], known[2]) end
    end
    if #parts > 0 then put('f', table.concat(parts)) else redis.call('HDEL', bundle.key, number .. 'f') end
  end
  if #values > 0 then redis.call('HSET', bundle.key, unpack(values)) end
end

-- Until when the bundle is leased (ms, 0 where it is not), and by whom.
local function lease_of(number)
  local until_ms, holder = (redis.call('HGET', T .. ':lease', number) or ''):match('^(%d+) (.*)$')
  return tonumber(until_ms or 0), holder
end

local function drop_lease(number) redis.call('HDEL', T .. ':lease', number) end

-- Somebody must look after the bundle then (ms); nobody must, for nil.
local function look_at(number, at_ms)
  if at_ms then redis.call('ZADD', T .. ':open', at_ms, number) else redis.call('ZREM', T .. ':open', number) end
end

-- Nothing holds the bundle any more: the next look follows from its slots.
local function rest(bundle)
  local open, soonest = open_slots(bundle)
  drop_lease(bundle.number)
  look_at(bundle.number, soonest and soonest * 1000 or nil)
  return open, soonest
end

-- The bundle has expired, and with it all that somebody must look after.
local function forget_bundle(number)
  drop_lease(number)
  look_at(number, nil)
  if redis.call('EXISTS', T .. ':open') == 0 then redis.call('HDEL', T .. ':waiting', 'open') end
end

-- Moves by state name, of which the app's activity is told.
local function tally() return {} end
local function count_move(moves, state) moves[NAMES[state]] = (moves[NAMES[state]] or 0) + 1 end
-- A slot leaves a state that it was counted in. A reserved slot is not counted before its answer.
local function count_departure(moves, state) moves[NAMES[state]] = (moves[NAMES[state]] or 0) - 1 end
local function record_activity(moves, vendor, now_s)
  for name, n in pairs(moves) do
    if name ~= 'pending' then count_activity(math.floor(now_s / 60), vendor, name, n) end
  end
end
