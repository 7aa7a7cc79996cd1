-- uses: slots
-- Which terminals are registered. ARGV: for each terminal id and bucket
-- Returns a text with '1' for each terminal that is registered, '0' for each other.
local answers = {}
for i = 1, #ARGV, 2 do answers[#answers + 1] = redis.call('HEXISTS', ids(ARGV[i + 1]), ARGV[i]) end
return table.concat(answers)
