-- uses: rows
-- Which terminals are anonymous. ARGV: id and bucket by turns. Returns for each the push token of an anonymous terminal, else ''.
local number = tonumber(redis.call('HGET', s .. ':names', 'o:anonymous') or '-1')
local answers = {}

local function token_of(id, bucket)
  local slot = slot_of(id, bucket)
  for _, name in ipairs(slot and numbers_in(row_at(slot)) or {}) do
    if name == number then return token_at(slot) end
  end
  return ''
end

for i = 1, #ARGV, 2 do answers[#answers + 1] = token_of(ARGV[i], ARGV[i + 1]) end
return answers
