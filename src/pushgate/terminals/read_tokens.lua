-- uses: slots
-- The push tokens of the terminals that have or had slots. ARGV: slots
-- Returns for each slot the token, also where the terminal moved to another group of the vendor; '' where it was forgotten or
-- went to another vendor.
local answers = {}
for i, slot in ipairs(ARGV) do answers[i] = current_token(tonumber(slot)) or '' end
return answers
