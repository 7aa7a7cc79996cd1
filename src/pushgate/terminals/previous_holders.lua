-- uses: records
-- Who had slots that are free by now. ARGV: group, slots
-- Returns for each: the terminal's id ('' when not known), and the push token it has now if it is still registered with
-- the same vendor, else ''.
local group, answers = ARGV[1], {}
for i = 2, #ARGV do
  local key, field = formers(group, tonumber(ARGV[i]))
  local id, token = redis.call('HGET', key, field) or '', ''
  local known = id ~= '' and record(id)
  if known and known[GROUP]:match('^[^/]*') == group:match('^[^/]*') then
    token = redis.call('HGET', tokens(known[GROUP], known[SLOT])) or ''
  end
  answers[#answers + 1] = id
  answers[#answers + 1] = token
end
return answers
