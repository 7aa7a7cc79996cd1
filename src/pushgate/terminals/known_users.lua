-- uses: slots
-- Which users have terminals in the shard. ARGV: users
-- Returns a text with '1' for each user who has one, '0' for each other.
local answers = {}
for i = 1, #ARGV do answers[i] = redis.call('EXISTS', user_set(ARGV[i])) end
return table.concat(answers)
