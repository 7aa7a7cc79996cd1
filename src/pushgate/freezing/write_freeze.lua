-- Write or delete the record of a frozen audience, unless the app's records were changed since the caller read them. Below KEYS[1]:
--   :frozen:<app>  hash: key of the frozen audience -> its record, opaque here; '#' -> how often the records were changed
--   :freezes       sorted set: '<app> <key>' by when (ms) there is work on the frozen audience, or its worker is given up for dead
-- ARGV: app, how often they were changed by then, key, record ('' to delete it), when there is work (ms; '' to leave that)
-- Returns 1, or 0 where they were changed.
local records, freezes = KEYS[1] .. ':frozen:' .. ARGV[1], KEYS[1] .. ':freezes'
local key, record, due = ARGV[3], ARGV[4], ARGV[5]
if record ~= '' and redis.call('HGET', records, key) == record then return 1 end -- the call is repeated
if (redis.call('HGET', records, '#') or '0') ~= ARGV[2] then return 0 end
if record == '' then
  redis.call('HDEL', records, key)
  redis.call('ZREM', freezes, ARGV[1] .. ' ' .. key)
else
  redis.call('HSET', records, key, record)
  if due ~= '' then redis.call('ZADD', freezes, due, ARGV[1] .. ' ' .. key) end
end
redis.call('HINCRBY', records, '#', 1)
return 1
