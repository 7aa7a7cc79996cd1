-- uses: writing
-- Place claimed messages in bundles, all vendors in one call. Messages that are placed, or were cancelled, are left out, so a
-- plan that is repeated places nothing twice. A message that becomes a large one stays in the queue until it is stored.
-- ARGV: now (s), look at the bundles (ms), keep results until (ms), 1 for urgent messages, how many segments; of each: page,
--   segment; then messages without a place: 4 bytes each: number of the segment (2), index (1), kind of the cell (1);
--   messages that clear on click: 3 bytes each: number of the segment (2), index (1); then of each bundle: head, which of the
--   segments above the segments of the head are (2 bytes each), sends, states (a byte a send), expiries (4 bytes, or 4 bytes a
--   send), numbers of labels (a byte a send, or ''), labels, the seconds before which pending sends wait (4 bytes a send, or '')
-- Returns by turns, for each bundle: its number, how many sends it has, and how many of them are to be sent now; zeros where none
--   is left.
local now_s, look_ms, results_until = tonumber(ARGV[1]), ARGV[2], ARGV[3]
local queue, segments = T .. (ARGV[4] == '1' and ':urgent' or ':due'), tonumber(ARGV[5])
local pages, numbers, cells, placed = {}, {}, {}, {}
for i = 1, segments do
  pages[i], numbers[i] = ARGV[4 + 2 * i], ARGV[5 + 2 * i]
  cells[i] = redis.call('HGET', page_key(pages[i]), numbers[i]) or ''
  placed[i] = {}
end
local at = 6 + 2 * segments

local function waits(i, index)
  return #cells[i] > CELLS_HEAD + CELL * index and cells[i]:byte(CELLS_HEAD + CELL * index + 1) == WAITS
end

local function next_number(size)
  local key, number = T .. ':next', redis.call('HINCRBY', T .. ':next', 'bundle', 1)
  if size <= MAX_SHARING then return number end
  number = math.ceil(number / BUNDLES_PER_HASH) * BUNDLES_PER_HASH
  redis.call('HSET', key, 'bundle', number + BUNDLES_PER_HASH - 1)
  return number
end

-- Segment, by its number above, and index of the message of each send.
local function messages_of(sends, map)
  local found = {}
  for at = 1, #sends, SEND do
    local i, index = struct.unpack('>I2B', sends, at)
    found[#found + 1] = { struct.unpack('>I2', map, 2 * i + 1) + 1, index }
  end
  return found
end

-- The parts of a bundle's values that belong to sends of waiting messages.
local function filtered(messages, values, width)
  local parts = {}
  for slot, message in ipairs(messages) do
    if waits(message[1], message[2]) then parts[#parts + 1] = values:sub(width * (slot - 1) + 1, width * slot) end
  end
  return table.concat(parts)
end

-- Tell readers of the states in which the sends of a bundle start.
local function note_start(number, states, tries, labels)
  local moves, names, marks = {}, {}, {}
  for label in labels:gmatch('[^\n]+') do names[#names + 1] = label end
  for _, try in ipairs(tries) do
    local slot, _, label = struct.unpack('>I2BB', try)
    marks[slot] = names[label]
  end
  for slot = 0, #states - 1 do
    local state = states:byte(slot + 1)
    add_move(moves, NOTHING, NUMBERS[state], state ~= PENDING and marks[slot] or '', slot)
  end
  note_moves(number, moves)
end

local answers, opened = {}, 0
for from = at + 2, #ARGV, 8 do
  local head, map, sends, states, expiry, marks, labels, seconds = unpack(ARGV, from, from + 7)
  local messages = messages_of(sends, map)
  local given = #sends
  sends = filtered(messages, sends, SEND)
  if #sends < given then
    states = filtered(messages, states, 1)
    if #expiry > 4 then expiry = filtered(messages, expiry, 4) end
    if marks ~= '' then marks = filtered(messages, marks, 1) end
    if seconds ~= '' then seconds = filtered(messages, seconds, 4) end
    messages = messages_of(sends, map)
  end
  local size, number, pending, due, soonest_s = #sends / SEND, 0, 0, 0, nil
  if size > 0 then
    number = next_number(size)
    local key, tries, waits_until = bundle_key(number), {}, {}
    local moves, vendor, never = tally(), (bundle_head(head)), 0
    for slot = 0, size - 1 do
      local i, index = unpack(messages[slot + 1])
      local list = placed[i][index] or {}
      list[#list + 1] = struct.pack('>I5I2', number, slot)
      placed[i][index] = list
      local state = states:byte(slot + 1)
      local second = state == PENDING and seconds ~= '' and struct.unpack('>I4', seconds, 4 * slot + 1) or 0
      waits_until[slot + 1] = state ~= PENDING and now_s or second > now_s and second or at_once(now_s)
      if state == PENDING then
        pending = pending + 1
        if second <= now_s then due = due + 1 end
        if not soonest_s or second < soonest_s then soonest_s = second end
        if is_read then list.is_open = true end
      else
        count_move(moves, state)
      end
      local mark = marks ~= '' and marks:byte(slot + 1) or 0
      if mark == 0 and state == EXPIRED then
        if never == 0 then
          labels = (labels == '' and '' or labels .. '\n') .. never_sent(vendor)
          never = select(2, labels:gsub('\n', '')) + 1
        end
        mark = never
      end
      if mark > 0 then tries[#tries + 1] = struct.pack('>I2BB', slot, 0, mark) end
    end
    redis.call('HSET', key, number .. 's', head .. sends, number .. 'v', states, number .. 'w',
      struct.pack('>' .. string.rep('I4', size), unpack(waits_until)),
      number .. 'e', expiry)
    if #tries > 0 then redis.call('HSET', key, number .. 'f', table.concat(tries), number .. 'l', labels) end
    keep(key, results_until)
    record_activity(moves, vendor, now_s)
    if is_read then note_start(number, states, tries, labels) end
    -- Somebody looks after what waits at its second, which is before it expires.
    if pending > 0 then look_at(number, due > 0 and look_ms or 1000 * soonest_s) end
    opened = opened + pending
  end
  for _, value in ipairs({ number, size, due }) do answers[#answers + 1] = value end
end

local without_place, planned = {}, 0
for i = 1, segments do without_place[i] = {} end
for position = 1, #ARGV[at], 4 do
  local i, index, kind = struct.unpack('>I2BB', ARGV[at], position)
  without_place[i + 1][index] = kind
end
for i = 1, segments do
  local parts, unplanned, sending, sent = { cells[i]:sub(1, CELLS_HEAD) }, false, {}, {}
  local scattered, before = {}, redis.call('HSTRLEN', page_key(pages[i]), numbers[i] .. 's') / 7
  for index = 0, (#cells[i] - CELLS_HEAD) / CELL - 1 do
    local cell = cells[i]:sub(CELLS_HEAD + CELL * index + 1, CELLS_HEAD + CELL * (index + 1))
    if cell:byte(1) == WAITS then
      local list = placed[i][index]
      if list and #list == 1 then
        cell = string.char(PLACED) .. list[1]
      elseif list then
        cell = struct.pack('>BI5I2', SCATTERED, before + #scattered, #list)
        for _, place in ipairs(list) do scattered[#scattered + 1] = place end
      elseif without_place[i][index] then
        cell = struct.pack('>BI5I2', without_place[i][index], 0, 0)
      end
      if cell:byte(1) ~= WAITS then planned = planned + 1 end
      if is_read and list then
        table.insert(list.is_open and sending or sent, index)
      elseif is_read and cell:byte(1) == NOBODY then
        sent[#sent + 1] = index
      end
    end
    unplanned = unplanned or is_unplanned(cell:byte(1))
    parts[#parts + 1] = cell
  end
  if cells[i] ~= '' then redis.call('HSET', page_key(pages[i]), numbers[i], table.concat(parts)) end
  if #scattered > 0 then
    local known = before > 0 and redis.call('HGET', page_key(pages[i]), numbers[i] .. 's') or ''
    redis.call('HSET', page_key(pages[i]), numbers[i] .. 's', known .. table.concat(scattered))
  end
  if #sending > 0 then note_status(pages[i], numbers[i], SENDING, sending) end
  if #sent > 0 then note_status(pages[i], numbers[i], SENT, sent) end
  if not unplanned then redis.call('ZREM', queue, struct.pack('>I4B', pages[i], numbers[i])) end
end
for position = 1, #ARGV[at + 1], 3 do
  local i, index = struct.unpack('>I2B', ARGV[at + 1], position)
  if placed[i + 1][index] then redis.call('HSETNX', page_key(pages[i + 1]), numbers[i + 1] .. '.' .. index .. 'w', '') end
end
if ARGV[at + 1] ~= '' then
  redis.call('SET', T .. ':clears', '', 'KEEPTTL')
  keep(T .. ':clears', results_until)
end
add_waiting('scheduled', -planned)
add_waiting('open', opened)
write_bundle_events()
return answers
