-- uses: owned
-- Cancel a message wherever it is. The caller, or recovery, ends the message's pending slots.
-- KEYS, ARGV and what is returned: see owned.lua and status.lua
return change_status(function(status)
  if status ~= 'scheduled' and status ~= 'dispatching' and status ~= 'sending' and status ~= 'paused' then return status end
  redis.call('ZREM', q .. ':schedule', id)
  redis.call('ZREM', q .. ':paused', id)
  redis.call('ZREM', q .. ':restored:' .. app, id)
  if status == 'sending' or status == 'paused' then redis.call('ZADD', q .. ':sending', 0, id) end
  return 'cancelled'
end)
