-- uses: owned
-- A message that was put aside (hold.lua) counts as sent: no more parts of a family are to come, and no more steps of any other
-- message. The caller has ended what was pending.
-- KEYS, ARGV and what is returned: see owned.lua and status.lua
-- Further ARGV: instant of the last check (ms)
return change_status(function(status)
  redis.call('ZREM', q .. ':restored:' .. app, id)
  if status == 'cancelled' or not status then return status end
  for _, queue in ipairs({ ':schedule', ':families', ':dispatching', ':sending', ':paused' }) do
    redis.call('ZREM', q .. queue, id)
  end
  if redis.call('ZREM', q .. ':escalations', id) == 1 then redis.call('HSET', key(id), 'steps_cancelled', 1) end
  redis.call('HDEL', key(id), 'holder')
  if not is_family(id) then redis.call('ZADD', q .. ':settling', ARGV[3], id) end
  return 'sent'
end)
