-- uses: records
-- Where terminals are. ARGV: 'terminals' | 'users', then ids.
-- Returns for each a text of lines 'group slot', '' if unknown. A terminal's second line is its former place.
local answers = {}
for i = 2, #ARGV do
  local found = ''
  if ARGV[1] == 'users' then
    found = redis.call('HGET', users(ARGV[i]), ARGV[i]) or ''
  else
    local known = record(ARGV[i])
    if known then
      found = known[GROUP] .. ' ' .. known[SLOT]
      if known[FORMER_GROUP] then found = found .. '\n' .. known[FORMER_GROUP] .. ' ' .. known[FORMER_SLOT] end
    end
  end
  answers[#answers + 1] = found
end
return answers
