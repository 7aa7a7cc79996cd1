-- uses: membership
-- Make the terms and bits of slots agree with their rows, as far as something is missing. ARGV: slots
-- Returns how many terms were added, and how many bits were corrected.
local added, corrected = 0, 0

local function correct(name, slot, value)
  if get_bit(name, slot) ~= value then
    set_bit(name, slot, value)
    corrected = corrected + 1
  end
end

local users = {}
for _, number in ipairs(ARGV) do
  local slot = tonumber(number)
  local row = row_at(slot)
  local is_used = row and not freed_in(row)
  for term in pairs(is_used and terms_of(row) or {}) do
    if not has_term(term, slot) then
      add_term(term, slot)
      added = added + 1
    end
  end
  correct('alive', slot, is_used and 1 or 0)
  correct('moved', slot, redis.call('HEXISTS', place('fwd', slot)))
  users[slot] = is_used and fields_of(row)[2] or false
end
write_terms()
for slot, user in pairs(users) do
  local slots = user and redis.call('HGET', term_bucket('u:' .. user), 'u:' .. user) or ''
  correct('shared', slot, (slots == '*' or #slots > 4) and 1 or 0)
end
write_bits()
return { added, corrected }
