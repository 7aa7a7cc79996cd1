-- uses: terms
-- Which users have terminals in the shard. ARGV: users
-- Returns a text with '1' for each user who has one, '0' for each other.
local answers = {}
for i = 1, #ARGV do
  local term = 'u:' .. ARGV[i]
  answers[i] = redis.call('HEXISTS', term_bucket(term), term)
end
return table.concat(answers)
