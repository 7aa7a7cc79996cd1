-- uses: membership
-- Make the terms and bits of slots agree with their rows, as far as something is missing, and count how long attributes are: slot 0
-- begins the count, and a gap, which a process of an earlier version leaves, ends it.
-- ARGV: slots, one after the other. Returns how many terms were added, and how many bits were corrected.
local added, corrected = 0, 0

local function count_on()
  local key, first, last = s .. ':attributes', tonumber(ARGV[1]), tonumber(ARGV[#ARGV])
  if first == 0 then drop_count() end
  local following = tonumber(redis.call('HGET', key, '+') or (first == 0 and 0 or -1))
  if following >= first then redis.call('HSET', key, '+', math.max(following, last + 1)) end
  if following >= 0 and following < first then drop_count() end
end

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
  local terms, fields, of_user = {}, {}, nil
  if is_used then terms, fields, of_user = terms_of(row) end
  for term in pairs(terms) do
    if not has_term(term, slot) then
      add_term(term, slot)
      added = added + 1
    end
  end
  correct('alive', slot, is_used and 1 or 0)
  correct('moved', slot, redis.call('HEXISTS', place('fwd', slot)))
  users[slot] = fields[2] or false
  note_lengths('a:', fields[4])
  note_lengths('p:', of_user)
end
count_on()
write_lengths()
write_terms()
for slot, user in pairs(users) do
  local slots = user and redis.call('HGET', term_bucket('u:' .. user), 'u:' .. user) or ''
  correct('shared', slot, (slots == '*' or #slots > 4) and 1 or 0)
end
write_bits()
return { added, corrected }
