-- uses: records
-- Which terminals had slots that are free by now. ARGV: group, slots
-- Returns for each slot: the terminal's id ('' when unknown), and the push token that it has now if it is still registered
-- with the same vendor, else ''.
local group, answers = ARGV[1], {}
for i = 2, #ARGV do
  local key, field = previous_holder(group, tonumber(ARGV[i]))
  local id, token = redis.call('HGET', key, field) or '', ''
  local known = id ~= '' and record(id)
  if known and vendor_of(known[GROUP]) == vendor_of(group) then
    token = redis.call('HGET', token_of(known[GROUP], known[SLOT])) or ''
  end
  answers[#answers + 1] = id
  answers[#answers + 1] = token
end
return answers
