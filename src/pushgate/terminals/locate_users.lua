-- uses: terms
-- Where users' terminals are. ARGV: max terminals in all, then users
-- Returns for each user, from the first on, lines 'group slot' ('' when unknown), or false for a user with more than 64
-- terminals. Ends before the last user once the maximum in all is reached.
local max_in_all = tonumber(ARGV[1])
local answers, read = {}, 0
for i = 2, #ARGV do
  local term, lines = 'u:' .. ARGV[i], {}
  local slots = redis.call('HGET', term_bucket(term), term) or ''
  if slots == '*' then
    answers[#answers + 1] = false
  else
    for _, slot in ipairs(unpacked(SLOT, slots)) do lines[#lines + 1] = group_of(slot) .. ' ' .. slot end
    answers[#answers + 1] = table.concat(lines, '\n')
    read = read + #lines
    if read >= max_in_all then break end
  end
end
return answers
