-- uses: status
-- End a message, or begin again. ARGV: id, app, 'finish' | 'cancel' | 'reopen' | 'replan' | 'settle', instant ms
-- finish: nothing is pending any more. cancel: stop it wherever it is; the sweep or the caller ends what is pending.
-- reopen: something of a message that counted as sent is open. replan: a message that is being sent has lost its
-- plan in some shard; the next claim takes it. settle: it was looked at once more, and nothing is open.
-- Returns the status before and after, or false when the app has no such message.
local id, app, verb = ARGV[1], ARGV[2], ARGV[3]
local status, owner = status_of(id)
if owner ~= app then return false end
local after = status
if verb == 'cancel' then
  if status == 'scheduled' or status == 'dispatching' or status == 'sending' then
    after = 'cancelled'
    redis.call('ZREM', q .. ':schedule', id)
    if status == 'sending' then redis.call('ZADD', q .. ':sending', 0, id) end
  end
elseif verb == 'reopen' then
  redis.call('ZREM', q .. ':settling', id)
  if status == 'sent' then after = 'sending' end
  redis.call('ZADD', q .. ':sending', 0, id)
elseif verb == 'replan' then
  if status == 'sending' then
    after = 'dispatching'
    redis.call('ZREM', q .. ':sending', id)
    redis.call('ZADD', q .. ':dispatching', 0, id)
    redis.call('HSET', key(id), 'replanned', 1)
    redis.call('PUBLISH', q .. ':wake', ARGV[4])
  end
elseif verb == 'settle' then
  redis.call('ZREM', q .. ':settling', id)
elseif status == 'sending' or status == 'cancelled' then
  redis.call('ZREM', q .. ':sending', id)
  -- What is open and what is finished are kept apart, so a worker may find nothing open a moment too early. One more
  -- look, later, sees it.
  redis.call('ZADD', q .. ':settling', ARGV[4], id)
  if status == 'sending' then after = 'sent' end
end
if after ~= status then set_status(id, app, status, after) end
return { status, after }
