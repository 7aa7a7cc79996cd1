-- uses: owned
-- Something of a message that counted as sent is open.
return change_status(function(status)
  redis.call('ZREM', q .. ':settling', id)
  redis.call('ZADD', q .. ':sending', 0, id)
  return status == 'sent' and 'sending' or status
end)
