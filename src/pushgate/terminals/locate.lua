-- uses: records
-- Where terminals are. ARGV: ids
-- Returns for each a text of lines 'group slot', '' if unknown. The second line is the terminal's former place.
local answers = {}
for i = 1, #ARGV do
  local found, known = '', record(ARGV[i])
  if known then
    found = known[GROUP] .. ' ' .. known[SLOT]
    if known[FORMER_GROUP] then found = found .. '\n' .. known[FORMER_GROUP] .. ' ' .. known[FORMER_SLOT] end
  end
  answers[#answers + 1] = found
end
return answers
