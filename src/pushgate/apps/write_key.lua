-- Write or delete an API key, log the change for the tables that processes have in memory, and record who did it.
-- KEYS[1]: {q}; writes
--   {q}:keys         hash: key id -> key (JSON; a digest stands for its secret)
--   {q}:key-uses     hash: key id -> last use (ms)
--   {q}:key-changes  list: the last changes, oldest first, each '<change id>:<key id>'
--   {q}:audit:<app>, {q}:audit-apps: the audit log, as in audit/log.py
-- ARGV: key id, the key or '' to delete it, the key as the caller knows it or '' for none, change id, how many changes are
--   kept, app of the key, entry of the audit log
-- Returns 1, or 0 where the key is another than the caller knows.
local keys, changes = KEYS[1] .. ':keys', KEYS[1] .. ':key-changes'
if (redis.call('HGET', keys, ARGV[1]) or '') ~= ARGV[3] then return 0 end
if ARGV[2] ~= '' then
  redis.call('HSET', keys, ARGV[1], ARGV[2])
else
  redis.call('HDEL', keys, ARGV[1])
  redis.call('HDEL', KEYS[1] .. ':key-uses', ARGV[1])
end
redis.call('RPUSH', changes, ARGV[4] .. ':' .. ARGV[1])
redis.call('LTRIM', changes, -ARGV[5], -1)
redis.call('SADD', KEYS[1] .. ':audit-apps', ARGV[6])
redis.call('XADD', KEYS[1] .. ':audit:' .. ARGV[6], '*', 'e', ARGV[7])
return 1
