-- uses: slots
-- The groups of slots. ARGV: slots. Returns for each slot 'group slot'.
local answers = {}
for i, slot in ipairs(ARGV) do answers[i] = group_of(slot) .. ' ' .. slot end
return answers
