-- uses: status
-- Claim due messages, and messages whose holder let its lease run out.
-- ARGV: now (ms), end of the lease (ms), holder, limit. Returns the envelopes of the messages claimed.
local now, lease_until, holder, limit = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local claimed = {}

local function claim(id)
  local status, app = status_of(id)
  redis.call('ZREM', q .. ':schedule', id)
  redis.call('ZREM', q .. ':dispatching', id)
  if status == 'cancelled' then
    redis.call('ZADD', q .. ':sending', now, id) -- recovery ends what was planned of it
  elseif status == 'scheduled' or status == 'dispatching' then
    redis.call('ZADD', q .. ':dispatching', lease_until, id)
    if status == 'scheduled' then set_status(id, app, status, 'dispatching') end
    redis.call('HSET', key(id), 'holder', holder)
    claimed[#claimed + 1] = redis.call('HGET', key(id), 'envelope')
  end
end

for _, id in ipairs(redis.call('ZRANGEBYSCORE', q .. ':dispatching', '-inf', now, 'LIMIT', 0, limit)) do claim(id) end
if #claimed < limit then
  local due = redis.call('ZRANGEBYSCORE', q .. ':schedule', '-inf', now, 'LIMIT', 0, limit - #claimed)
  for _, id in ipairs(due) do claim(id) end
end
return claimed
