-- uses: revision
-- Replace a scheduled message. ARGV and answer as in revision.lua.
local named_before = redis.call('HGET', key(id), 'saved') or ''
return revise('scheduled', function()
  if names then release_audiences(app, id, named_before) end
  name_audiences(app, id, names or named_before, push_at, keep_until, tonumber(now))
  redis.call('PEXPIREAT', key(id), keep_until)
  redis.call('PEXPIREAT', audience(id), keep_until)
  redis.call('ZADD', q .. ':kept', keep_until, app .. ' ' .. id)
  keep_content(id, content_until, keep_until)
  redis.call('ZADD', q .. ':pushed:' .. app, push_at, id)
  redis.call('ZADD', q .. ':schedule', push_at, id)
  redis.call('ZREM', q .. ':restored:' .. app, id)
  redis.call('PUBLISH', q .. ':wake', push_at)
end)
