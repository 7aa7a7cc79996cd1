-- uses: owned
-- Reopen a sent message that has an open terminal: it is checked at once.
-- KEYS, ARGV and what is returned: see owned.lua and status.lua
return change_status(function(status)
  redis.call('ZREM', q .. ':settling', id)
  redis.call('ZADD', q .. ':sending', 0, id)
  return status == 'sent' and 'sending' or status
end)
