-- uses: status
-- Take due messages, and those whose holder let its lease run out, under a lease of our own.
-- ARGV: now ms, lease until ms, holder, limit. Returns the envelopes of the messages taken.
local now, until_ms, holder, limit = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local taken = {}

local function take(id)
  local status, app = status_of(id)
  redis.call('ZREM', q .. ':schedule', id)
  redis.call('ZREM', q .. ':dispatching', id)
  if status == 'cancelled' then
    redis.call('ZADD', q .. ':sending', now, id) -- the sweep ends what was planned of it
  elseif status == 'scheduled' or status == 'dispatching' then
    redis.call('ZADD', q .. ':dispatching', until_ms, id)
    if status == 'scheduled' then set_status(id, app, status, 'dispatching') end
    redis.call('HSET', key(id), 'holder', holder)
    taken[#taken + 1] = redis.call('HGET', key(id), 'envelope')
  end
end

for _, id in ipairs(redis.call('ZRANGEBYSCORE', q .. ':dispatching', '-inf', now, 'LIMIT', 0, limit)) do take(id) end
if #taken < limit then
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', q .. ':schedule', '-inf', now, 'LIMIT', 0, limit - #taken)) do
    take(id)
  end
end
return taken
