-- uses: owned
-- Finish a message: all its terminals are settled. Further ARGV: instant of the last check (ms)
return change_status(function(status)
  local is_planned = status == 'paused' and redis.call('HGET', key(id), 'paused_while') == 'sending'
  if status ~= 'sending' and status ~= 'cancelled' and not is_planned then return status end
  redis.call('ZREM', q .. ':sending', id)
  redis.call('ZREM', q .. ':paused', id)
  -- Open terminals and finished messages are not stored together, so a worker may find nothing open a moment too early.
  -- A later check finds terminals that the worker missed.
  redis.call('ZADD', q .. ':settling', ARGV[3], id)
  return status == 'cancelled' and status or 'sent'
end)
