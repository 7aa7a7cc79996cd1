-- uses: owned
-- Cancel a message wherever it is, a family with all of its parts. The caller, or recovery, ends the message's pending slots.
-- KEYS, ARGV and what is returned: see owned.lua and status.lua

-- Take a message out of the queues; false where it is over.
local function stop(one, status)
  if status ~= 'scheduled' and status ~= 'dispatching' and status ~= 'sending' and status ~= 'paused' then return false end
  redis.call('ZREM', q .. ':schedule', one)
  redis.call('ZREM', q .. ':families', one)
  redis.call('ZREM', q .. ':paused', one)
  redis.call('ZREM', q .. ':restored:' .. app, one)
  if (status == 'sending' or status == 'paused') and not is_family(one) then redis.call('ZADD', q .. ':sending', 0, one) end
  return true
end

return change_status(function(status)
  for number = 1, parts_made(id) do
    local one = part(id, number)
    local before = status_of(one)
    if before and stop(one, before) then set_status(one, app, before, 'cancelled') end
  end
  return stop(id, status) and 'cancelled' or status
end)
