-- uses: owned
-- The last check of a message found nothing open.
return change_status(function(status)
  redis.call('ZREM', q .. ':settling', id)
  redis.call('HDEL', key(id), 'open')
  return status
end)
