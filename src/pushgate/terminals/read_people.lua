-- uses: rows
-- Read the records of people. ARGV: users. Returns them in this order, '' for a user without one; nothing where nobody has one.
if redis.call('EXISTS', s .. ':people') == 0 then return {} end
local answers = {}
for i, user in ipairs(ARGV) do answers[i] = redis.call('HGET', record_key(user), user) or '' end
return answers
