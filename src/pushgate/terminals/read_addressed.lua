-- uses: rows
-- Read who has, or had, slots, and what the vendor needs to reach them. ARGV: '1' to read the records of people too, slots
-- Returns for each slot three texts: the push token, the row of the terminal that has it, and the record of its user. All are of one
-- instant and one terminal, which may have moved to another group of the vendor. All are '' where it was forgotten or went to another
-- vendor; the record is '' where there is none.
local function current_slot(slot)
  if token_at(slot) then return slot end
  local now_at = follow(slot)
  return now_at ~= slot and vendor_of(now_at) == vendor_of(slot) and token_at(now_at) and now_at
end

local has_people = ARGV[1] == '1' and redis.call('EXISTS', s .. ':people') == 1
local answers = {}
for i = 2, #ARGV do
  local slot = current_slot(tonumber(ARGV[i]))
  local row = slot and row_at(slot)
  local user = row and has_people and fields_of(row)[2]
  answers[#answers + 1] = row and token_at(slot) or ''
  answers[#answers + 1] = row or ''
  answers[#answers + 1] = user and redis.call('HGET', record_key(user), user) or ''
end
return answers
