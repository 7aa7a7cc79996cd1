-- uses: owned
-- Go on with a message that was put aside, at once: see hold.lua. One that was sent is being sent again.
-- KEYS, ARGV and what is returned: see owned.lua and status.lua
-- Further ARGV: now (ms)
return change_status(function(status)
  redis.call('ZREM', q .. ':restored:' .. app, id)
  redis.call('ZADD', q .. ':schedule', 'XX', ARGV[3], id)
  redis.call('ZADD', q .. ':families', 'XX', ARGV[3], id)
  redis.call('ZADD', q .. ':escalations', 'XX', ARGV[3], id)
  redis.call('ZADD', q .. ':dispatching', 'XX', 0, id)
  redis.call('PUBLISH', q .. ':wake', ARGV[3])
  if (status == 'sent' or status == 'sending') and not is_family(id) then
    redis.call('ZREM', q .. ':settling', id)
    redis.call('ZADD', q .. ':sending', 0, id)
    return 'sending'
  end
  return status
end)
