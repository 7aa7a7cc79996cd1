-- uses: slots
-- Where the terminals of former slots are now. ARGV: slots. Returns for each the slot, -1 where nobody is to be found by it.
local answers = {}
for i, slot in ipairs(ARGV) do
  local now_at = follow(tonumber(slot))
  answers[i] = now_at ~= tonumber(slot) and token_at(now_at) and now_at or -1
end
return answers
