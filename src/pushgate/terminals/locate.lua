-- uses: slots
-- Where terminals are. ARGV: for each terminal id and bucket
-- Returns for each terminal lines 'group slot', '' if it is unknown: its slot, then those that it had in other groups, as far
-- as nobody else has them by now.
local answers = {}
for i = 1, #ARGV, 2 do
  local id, lines = ARGV[i], {}
  local slot = slot_of(id, ARGV[i + 1])
  if slot then
    lines[1] = group_of(slot) .. ' ' .. slot
    local former = redis.call('HGET', place('former', slot)) or ''
    for at = 1, #former, 4 do
      local before = struct.unpack(SLOT, former, at)
      if id_at(before) == id then lines[#lines + 1] = group_of(before) .. ' ' .. before end
    end
  end
  answers[#answers + 1] = table.concat(lines, '\n')
end
return answers
