-- uses: membership
-- Remove slots from terms where rows do not have the terms. ARGV: terms. Returns for each term how many slots were removed, -1
-- for a term that is cut by ranges: mend_range.lua mends that.
local answer = {}
for i, term in ipairs(ARGV) do
  local slots = redis.call('HGET', term_bucket(term), term) or ''
  if slots == '*' then
    answer[i] = -1
  else
    answer[i] = 0
    for _, slot in ipairs(unpacked(SLOT, slots)) do
      if not belongs(slot, term) then
        remove_term(term, slot)
        answer[i] = answer[i] + 1
      end
    end
  end
end
write_terms()
return answer
