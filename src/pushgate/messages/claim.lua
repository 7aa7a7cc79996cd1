-- uses: status
-- Claim due messages, and messages whose holder let its lease run out.
-- Messages of paused apps stay, and are due again at a later instant.
-- ARGV: now (ms), end of the lease (ms), holder, limit, that instant (ms), then the names of paused apps
-- Returns how many messages stay, then the envelopes of the messages claimed.
local now, lease_until, holder, limit, due_again = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5]
local claimed, paused, PORTION = { 0 }, {}, 256
for i = 6, #ARGV do paused[ARGV[i]] = true end

local function claim(id, queue)
  local status, app = status_of(id)
  if paused[app] and (status == 'scheduled' or status == 'dispatching') then
    redis.call('ZADD', queue, due_again, id)
    claimed[1] = claimed[1] + 1
    return
  end
  redis.call('ZREM', q .. ':schedule', id)
  redis.call('ZREM', q .. ':dispatching', id)
  if is_family(id) then -- resumed by a process of a version before
    local before = parts_made(id) > 0 and 'sending' or 'scheduled'
    if status == 'dispatching' then set_status(id, app, status, before) end
    return go_on_with_family(id, now)
  end
  if status == 'cancelled' then
    redis.call('ZADD', q .. ':sending', now, id) -- recovery ends what was planned of it
  elseif status == 'scheduled' or status == 'dispatching' then
    redis.call('ZADD', q .. ':dispatching', lease_until, id)
    if status == 'scheduled' then set_status(id, app, status, 'dispatching') end
    redis.call('HSET', key(id), 'holder', holder)
    claimed[#claimed + 1] = redis.call('HGET', key(id), 'envelope')
  end
end

for _, queue in ipairs({ q .. ':dispatching', q .. ':schedule' }) do
  local left = limit + 1 - #claimed
  local portion = (left > 0 and #ARGV > 5) and PORTION or left
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', queue, '-inf', now, 'LIMIT', 0, portion)) do
    if #claimed > limit then break end
    claim(id, queue)
  end
end
return claimed
