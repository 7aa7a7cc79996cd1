-- uses: slots
-- Where users' terminals are. ARGV: max terminals of one user, max terminals in all, then users
-- Returns for each user, from the first on, lines 'group slot' ('' when unknown), or false for a user with more terminals.
-- Ends before the last user once the maximum in all is reached.
local max_per_user, max_in_all = tonumber(ARGV[1]), tonumber(ARGV[2])
local answers, read = {}, 0
for i = 3, #ARGV do
  local size = redis.call('SCARD', user_set(ARGV[i]))
  if size > max_per_user then
    answers[#answers + 1] = false
  else
    local lines = size > 0 and redis.call('SMEMBERS', user_set(ARGV[i])) or {}
    for number, slot in ipairs(lines) do lines[number] = group_of(slot) .. ' ' .. slot end
    answers[#answers + 1] = table.concat(lines, '\n')
    read = read + size
    if read >= max_in_all then break end
  end
end
return answers
