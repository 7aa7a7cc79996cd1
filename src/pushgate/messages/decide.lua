-- uses: owned
-- Decide which variant the rest of a message gets, once. A message that is being sent is dispatched anew at once; one that is
-- being dispatched, once more (mark_submitted.lua); one that is paused, when it is resumed. Before its push time it may still be
-- changed, so that its variants may be others then: nothing is decided, also while it is paused.
-- Further ARGV: the decision (JSON), the event of it (a part of an entry), now (ms), the decision that gives way to it ('' for
-- none): one that was made after the queue had gone back and lost an earlier one
-- Returns the decision that holds ('' for none: the message is not being sent) and the message's status; false when the app has
-- no such message.
local decision
local answer = change_status(function(status)
  decision = redis.call('HGET', key(id), 'winner')
  local reached = status == 'paused' and redis.call('HGET', key(id), 'paused_while') or status
  if decision == ARGV[6] then decision = false end
  if decision or reached ~= 'dispatching' and reached ~= 'sending' then return status end
  decision = ARGV[3]
  redis.call('HSET', key(id), 'winner', decision)
  tell_readers(ARGV[4])
  if status == 'dispatching' then redis.call('HSET', key(id), 'again', 1) end
  -- A message that is put aside (hold.lua) waits; recovery sends its rest once it goes on.
  if status ~= 'sending' or redis.call('ZSCORE', q .. ':restored:' .. app, id) then return status end
  return claim_again(ARGV[5])
end)
return answer and { decision or '', answer[2] }
