-- uses: claimed
-- All jobs of a claimed message are submitted. Recovery checks it from `instant` on.
local status, app = claimed()
if not status then return false end
end_claim()
redis.call('ZADD', q .. ':sending', instant, id)
if status == 'dispatching' then set_status(id, app, status, 'sending') end
return redis.call('HGET', key(id), 'status')
