-- uses: owned
-- End the checks of a message: the last one found nothing open.
return change_status(function(status)
  redis.call('ZREM', q .. ':settling', id)
  redis.call('HDEL', key(id), 'open')
  return status
end)
