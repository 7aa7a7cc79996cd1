-- uses: rows
-- Where terminals are. ARGV: for each terminal id and bucket
-- Returns for each terminal lines 'group slot', '' if it is unknown: its slot, then those that it had in other groups, as far
-- as nobody else has them by now.
local answers = {}
for i = 1, #ARGV, 2 do
  local id, lines = ARGV[i], {}
  local slot = slot_of(id, ARGV[i + 1])
  if slot then
    lines[1] = group_of(slot) .. ' ' .. slot
    for _, before in ipairs(former_slots(slot, id)) do lines[#lines + 1] = group_of(before) .. ' ' .. before end
  end
  answers[#answers + 1] = table.concat(lines, '\n')
end
return answers
