-- uses: owned
-- A message that is being sent has lost its plan in some shard: the next claim takes it.
-- KEYS, ARGV and what is returned: see owned.lua and status.lua
-- Further ARGV: now (ms)
return change_status(function(status)
  if status ~= 'sending' then return status end
  redis.call('ZREM', q .. ':sending', id)
  redis.call('ZADD', q .. ':dispatching', 0, id)
  redis.call('HSET', key(id), 'replanned', 1)
  redis.call('PUBLISH', q .. ':wake', ARGV[3])
  return 'dispatching'
end)
