-- uses: records
-- Where terminals are. ARGV: ids
-- Returns for each terminal lines 'group slot', '' if it is unknown. A second line is the slot that it had in another group.
local answers = {}
for i = 1, #ARGV do
  local text, known = '', record(ARGV[i])
  if known then
    text = known[GROUP] .. ' ' .. known[SLOT]
    if known[FORMER_GROUP] then text = text .. '\n' .. known[FORMER_GROUP] .. ' ' .. known[FORMER_SLOT] end
  end
  answers[#answers + 1] = text
end
return answers
