-- uses: rows
-- End a count of all rows: if it counted all slots, the lengths that it saw take the place of those that are known.
-- ARGV: how many slots there are. Returns whether it counted all, as 1 or 0.
local key = s .. ':attributes'
local following = tonumber(redis.call('HGET', key, '+') or '-1')
if following < tonumber(ARGV[1]) then return 0 end
local found = drop_count()
redis.call('DEL', key)
redis.call('HSET', key, '!', 1)
for name, length in pairs(found) do redis.call('HSET', key, name, length) end
return 1
