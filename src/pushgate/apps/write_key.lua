-- Write or delete an API key, and log the change for the tables that processes have in memory.
-- KEYS[1]: {q}; writes
--   {q}:keys         hash: key id -> key (JSON; a digest stands for its secret)
--   {q}:key-changes  list: the last changes, oldest first, each '<change id>:<key id>'
-- ARGV: key id, the key or '' to delete it, change id, how many changes are kept
-- Returns 1 when the key was written or deleted, 0 when there was none to delete.
local keys, changes = KEYS[1] .. ':keys', KEYS[1] .. ':key-changes'
if ARGV[2] ~= '' then
  redis.call('HSET', keys, ARGV[1], ARGV[2])
elseif redis.call('HDEL', keys, ARGV[1]) == 0 then
  return 0
end
redis.call('RPUSH', changes, ARGV[3] .. ':' .. ARGV[1])
redis.call('LTRIM', changes, -ARGV[4], -1)
return 1
