-- uses: membership
-- Which slots have one of some terms.
-- ARGV: how many terms, terms, then for each slot: its number, and places of two terms in the list from 1 on
-- Returns for each slot 1, or 0 where it has neither term.
local count = tonumber(ARGV[1])
local answers = {}
for i = count + 2, #ARGV, 3 do
  local slot = tonumber(ARGV[i])
  local held = has_term(ARGV[1 + ARGV[i + 1]], slot) or has_term(ARGV[1 + ARGV[i + 2]], slot)
  answers[#answers + 1] = held and 1 or 0
end
return answers
