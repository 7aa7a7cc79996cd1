-- uses: bundle
-- Messages with what became of them, read in one step.
-- ARGV: of each message: creation time (ms), page, segment, index; 'bodies', 'slots', 'both', or 'first' for the bodies
--   of the first version, comes first
-- Returns first a list of the bodies of all segments concerned; then for each message: '' where there is none; else { creation
--   time (ms), kind of its cell with its flag, offset in its segment, number of its bodies in the list (0 where they were not
--   asked for or were dropped), request to send failures again or '', reports on unknown terminals by kind of receipt, as
--   numbers with a space between them, page and segment that stand for the message now, then of each slot: bundle, slot,
--   group, shard, terminal's slot, byte of its state, second, expiry (s), attempts, label, receipts (5 bytes each:
--   kind, second) }
local want = ARGV[1]
local slots_wanted = want == 'slots' or want == 'both'
local bodies, numbers, answers = {}, {}, {}

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

local function slot_values(place, into)
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

-- The request to send failures again, and reports on terminals that the message was not for, a number for each kind.
local function notes(message)
  local prefix = message.segment .. '.' .. message.index
  local found = redis.call('HMGET', page_key(message.page), prefix .. 'r', prefix .. 'u')
  local request, reports = found[1] and found[1]:sub(5) or '', {}
  for at = 1, slots_wanted and found[2] and 20 or 0, 4 do
    reports[#reports + 1] = struct.unpack('>I4', found[2], at)
  end
  return request, table.concat(reports, ' ')
end

for at = 2, #ARGV, 4 do
  local message = find_message(tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3]),
    want == 'first')
  if not message then
    answers[#answers + 1] = ''
  else
    local request, reports = notes(message)
    local row = { (struct.unpack('>I6', message.cells)), message.kind, message.index,
      bodies_of(message.page, message.segment), request, reports, message.page, message.segment }
    if slots_wanted then
      for _, place in ipairs(placements(message)) do slot_values(place, row) end
    end
    answers[#answers + 1] = row
  end
end
return { bodies, unpack(answers) }
