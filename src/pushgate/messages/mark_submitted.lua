-- uses: claimed
-- All jobs of a claimed message are submitted. Recovery checks it from `instant` on, unless it was paused meanwhile, or is to
-- be dispatched once more.
local status, app = claimed()
if not status then return false end
end_claim()
if status == 'paused' then
  redis.call('HSET', key(id), 'paused_while', 'sending')
  return status
end
if redis.call('HDEL', key(id), 'again') == 1 and status == 'dispatching' then
  redis.call('ZADD', q .. ':dispatching', 0, id)
  redis.call('HSET', key(id), 'replanned', 1) -- all shards have a plan: one that is missing from now on was lost
  redis.call('PUBLISH', q .. ':wake', instant)
  return status
end
redis.call('ZADD', q .. ':sending', instant, id)
if status == 'dispatching' then set_status(id, app, status, 'sending') end
return redis.call('HGET', key(id), 'status')
