-- uses: owned
-- Cancel a message wherever it is, a family with all of its parts, any other with its steps. The caller, or recovery, ends the
-- pending slots of all of them. A message that was sent stays sent; its steps are cancelled, those to come included.
-- KEYS, ARGV and what is returned: see owned.lua and status.lua; then 1 where steps of the message were cancelled, now or before,
-- else 0

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

local function cancel_steps()
  for step in (redis.call('HGET', key(id), 'steps') or ''):gmatch('%S+') do
    local before = #step == #id and status_of(step)
    if before and stop(step, before) then
      set_status(step, app, before, 'cancelled')
      redis.call('HSET', key(id), 'steps_cancelled', 1)
    end
  end
  if redis.call('ZREM', q .. ':escalations', id) == 1 then
    redis.call('HSET', key(id), 'steps_cancelled', 1)
    redis.call('ZREM', q .. ':restored:' .. app, id)
  end
end

local answer = change_status(function(status)
  for number = 1, parts_made(id) do
    local one = part(id, number)
    local before = status_of(one)
    if before and stop(one, before) then set_status(one, app, before, 'cancelled') end
  end
  cancel_steps()
  return stop(id, status) and 'cancelled' or status
end)
if answer then answer[3] = redis.call('HEXISTS', key(id), 'steps_cancelled') end
return answer
