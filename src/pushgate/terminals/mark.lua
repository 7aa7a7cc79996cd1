-- uses: rows
-- Give terminals the name of a frozen audience, or take it from them. A terminal that left its slot is found where it went.
-- No terminal gets the name unless slots are still to get it (:freezing:<key>): a slow caller must not give a name that was taken
-- away since.
-- ARGV: name, '1' to give it else '', slots that terminals have or had, 4 bytes each
-- Returns how many terminals changed. One that has the name already, or does not have it, is left alone.
local name, gives, slots = ARGV[1], ARGV[2] == '1', ARGV[3]
local MAX_NAMES = 255
if gives and redis.call('EXISTS', s .. ':freezing:' .. name:sub(3)) == 0 then return 0 end
local number = gives and number_of(name) or tonumber(redis.call('HGET', s .. ':names', name) or '-1')

local function change(slot, row)
  if not slot then return 0 end
  local others, has = {}, false
  for _, found in ipairs(numbers_in(row)) do
    if found == number then has = true else others[#others + 1] = found end
  end
  if has == gives or #others == MAX_NAMES then return 0 end
  if gives then
    others[#others + 1] = number
    add_term(name, slot)
  else
    remove_term(name, slot)
  end
  store('rows', slot, row:sub(1, HEAD) .. pack_numbers(others) .. row:sub(HEAD + 2 + NAME * row:byte(HEAD + 1)))
  return 1
end

local changed = 0
for _, slot in ipairs(unpacked(SLOT, slots)) do changed = changed + change(find_terminal(slot)) end
write_terms()
return changed
