-- uses: revision
-- Replace a sent message and dispatch it again. ARGV and answer as in revision.lua.
return revise('sent', function()
  set_status(id, app, 'sent', 'dispatching')
  redis.call('ZREM', q .. ':settling', id)
  redis.call('ZADD', q .. ':dispatching', 0, id) -- nobody holds it, so the next claim takes it
  redis.call('PUBLISH', q .. ':wake', now)
end)
