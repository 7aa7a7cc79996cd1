-- uses: owned
-- Go on with a paused message: at its push time if that is to come, else the next claim takes it.
-- The caller has resumed the parts of a family before.
-- Further ARGV: now (ms)
-- Returns the status before and after; a message that is put aside stays paused: see hold.lua.
return change_status(function(status)
  if status ~= 'paused' or redis.call('ZSCORE', q .. ':restored:' .. app, id) then return status end
  local before = redis.call('HGET', key(id), 'paused_while')
  redis.call('ZREM', q .. ':paused', id)
  redis.call('HDEL', key(id), 'paused_while', 'holder')
  redis.call('HSET', key(id), 'resumed_at', ARGV[3])
  redis.call('ZREM', q .. ':dispatching', id)
  if is_family(id) then
    go_on_with_family(id, ARGV[3])
    return before
  end
  if before == 'scheduled' then
    local push_at = redis.call('ZSCORE', q .. ':pushed:' .. app, id) or ARGV[3]
    redis.call('ZADD', q .. ':schedule', push_at, id)
    redis.call('PUBLISH', q .. ':wake', push_at)
    return 'scheduled'
  end
  -- A shard whose plan is missing now has lost it.
  if before == 'sending' then redis.call('HSET', key(id), 'replanned', 1) end
  redis.call('ZADD', q .. ':dispatching', 0, id)
  redis.call('PUBLISH', q .. ':wake', ARGV[3])
  return 'dispatching'
end)
