-- uses: bundle
-- Messages with what became of them, read in one step.
-- ARGV: of each message: creation time (ms), page, segment, index; 'bodies', 'slots', 'both', or 'first' for the bodies
--   of the first version, comes first
-- Returns first a list of the bodies of all segments concerned; then for each message: '' where there is none; else { creation
--   time (ms), kind of its cell with its flag, offset in its segment, number of its bodies in the list (0 where they were not
--   asked for or were dropped), request to send failures again or '', reports on unknown terminals by kind of receipt, as
--   numbers with a space between them, page and segment that stand for the message now, then of each slot: bundle, slot, vendor, group, shard, terminal's slot, byte of its state, second, expiry (s), attempts,
--   label, receipts (5 bytes each: kind, second) }
local want = ARGV[1]
local bundles, bodies, numbers, answers = {}, {}, {}, {}

-- The number of a segment's bodies in the list.
local function bodies_of(page, segment)
  local name = page .. ' ' .. segment
  if not numbers[name] then
    local raw = want ~= 'slots' and redis.call('HGET', T .. ':c:' .. page, segment)
    if raw then bodies[#bodies + 1] = raw end
    numbers[name] = raw and #bodies or 0
  end
  return numbers[name]
end

local function loaded(number)
  if bundles[number] == nil then bundles[number] = load_bundle(number) or false end
  return bundles[number]
end

local function group_name(bundle, groups_at, wanted)
  local at = groups_at + 1
  for _ = 1, wanted do at = at + 1 + bundle.head:byte(at) end
  return bundle.head:sub(at + 1, at + bundle.head:byte(at))
end

local function receipts_of(bundle, slot)
  local found = {}
  for at = 1, #bundle.receipts, 7 do
    if struct.unpack('>I2', bundle.receipts, at) == slot then found[#found + 1] = bundle.receipts:sub(at + 2, at + 6) end
  end
  return table.concat(found)
end

local function slot_values(place, into)
  local bundle, slot = loaded(place[1]), place[2]
  if not bundle then return end
  local vendor, _, _, _, groups_at, sends_at = bundle_head(bundle.head)
  local _, _, group, shard, terminal = struct.unpack('>I2BBI2I4', bundle.head, sends_at + SEND * slot)
  for _, value in ipairs({ place[1], slot, vendor, group_name(bundle, groups_at, group), shard, terminal,
    bundle.states[slot + 1], bundle.seconds[slot + 1], expires_at(bundle, slot), attempts_of(bundle, slot),
    label_of(bundle, slot) or '', receipts_of(bundle, slot) }) do
    into[#into + 1] = value
  end
end

local function unknown_reports(message)
  if want == 'bodies' or want == 'first' then return '' end
  local fields = {}
  for kind = 1, 5 do fields[kind] = message.segment .. '.' .. message.index .. 'u' .. kind end
  local found = redis.call('HMGET', page_key(message.page), unpack(fields))
  for kind = 1, 5 do found[kind] = found[kind] or '0' end
  return table.concat(found, ' ')
end

for at = 2, #ARGV, 4 do
  local message = find_message(tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3]),
    want == 'first')
  if not message then
    answers[#answers + 1] = ''
  else
    local request = redis.call('HGET', page_key(message.page), message.segment .. '.' .. message.index .. 'r')
    local row = { (struct.unpack('>I6', message.cells)), message.kind, message.index,
      bodies_of(message.page, message.segment), request and request:sub(3) or '', unknown_reports(message), message.page, message.segment }
    if want ~= 'bodies' and want ~= 'first' then
      for _, place in ipairs(placements(message)) do slot_values(place, row) end
    end
    answers[#answers + 1] = row
  end
end
return { bodies, unpack(answers) }
