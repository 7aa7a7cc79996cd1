-- uses: account
-- Read messages with their results, in one step.
-- ARGV: of each message: creation time (ms), page, segment, index; 'bodies', 'slots', 'both', or 'first' for the bodies
--   of the first version, comes first
-- Returns first a list of the bodies of all segments concerned; then for each message: '' where there is none; else { creation
--   time (ms), kind of its cell with its flag, offset in its segment, number of its bodies in the list (0 where they were not
--   asked for or were dropped), request to send failures again or '', reports on unknown terminals by kind of receipt, as
--   numbers with a space between them, page and segment that stand for the message now, terminals from which its notification is
--   removed (6 bytes each: shard, slot), then of each slot: bundle, slot,
--   group, shard, terminal's slot, byte of its state, second, expiry (s), attempts, label, receipts (5 bytes each:
--   kind, second) }
local want = ARGV[1]
local slots_wanted = want == 'slots' or want == 'both'
local answers = {}

-- The request to send failures again, reports on terminals that the message was not for, a number for each kind, and terminals
-- from which its notification is removed.
local function notes(message)
  local prefix = message.segment .. '.' .. message.index
  local found = redis.call('HMGET', page_key(message.page), prefix .. 'r', prefix .. 'u', prefix .. 'w')
  local request, reports = found[1] and found[1]:sub(5) or '', {}
  for at = 1, slots_wanted and found[2] and 20 or 0, 4 do
    reports[#reports + 1] = struct.unpack('>I4', found[2], at)
  end
  return request, table.concat(reports, ' '), found[3] or ''
end

for at = 2, #ARGV, 4 do
  local message = find_message(tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3]),
    want == 'first')
  if not message then
    answers[#answers + 1] = ''
  else
    local request, reports, withdrawn = notes(message)
    local row = { (struct.unpack('>I6', message.cells)), message.kind, message.index,
      want ~= 'slots' and bodies_of(message.page, message.segment) or 0, request, reports, message.page, message.segment, withdrawn }
    if slots_wanted then
      for _, place in ipairs(placements(message)) do add_slot_values(place, row) end
    end
    answers[#answers + 1] = row
  end
end
return { bodies, unpack(answers) }
