-- uses: revision
-- Replace a scheduled message, or a family that has not come to its last instant. ARGV and answer as in revision.lua.
local named_before = redis.call('HGET', key(id), 'saved') or ''
local needed = is_family(id) and status_of(id) == 'sending' and 'sending' or 'scheduled'
return revise(needed, function()
  if names then release_audiences(app, id, named_before) end
  name_audiences(app, id, names or named_before, push_at, keep_until, tonumber(now))
  redis.call('PEXPIREAT', key(id), keep_until)
  redis.call('PEXPIREAT', audience(id), keep_until)
  redis.call('ZADD', q .. ':kept', keep_until, app .. ' ' .. id)
  keep_content(id, content_until, keep_until)
  if is_family(id) then
    redis.call('HDEL', key(id), 'complete')
    return redis.call('ZADD', q .. ':families', push_at, id)
  end
  local before, step_at = redis.call('ZSCORE', q .. ':pushed:' .. app, id), redis.call('ZSCORE', q .. ':escalations', id)
  if before and step_at then redis.call('ZADD', q .. ':escalations', step_at + push_at - before, id) end
  redis.call('ZADD', q .. ':pushed:' .. app, push_at, id)
  redis.call('ZADD', q .. ':schedule', push_at, id)
  redis.call('ZREM', q .. ':restored:' .. app, id)
  redis.call('PUBLISH', q .. ':wake', push_at)
end)
