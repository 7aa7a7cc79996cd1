-- uses: status
-- What the holder of a claimed message does with its lease.
-- ARGV: id, holder, 'renew' | 'submitted' | 'put back', instant ms (lease end, next sweep, next claim)
-- Returns the message's status, or false when somebody else holds it by now.
local id, holder, verb, at = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
if redis.call('HGET', key(id), 'holder') ~= holder then return false end
if not redis.call('ZSCORE', q .. ':dispatching', id) then return false end
local status, app = status_of(id)
if verb == 'renew' then
  redis.call('ZADD', q .. ':dispatching', at, id)
  return status
end
redis.call('ZREM', q .. ':dispatching', id)
redis.call('HDEL', key(id), 'holder')
if verb == 'put back' and status == 'dispatching' then
  -- Some of it may be planned already, so it stays what it is.
  redis.call('ZADD', q .. ':dispatching', at, id)
else
  redis.call('ZADD', q .. ':sending', at, id)
  if status == 'dispatching' then set_status(id, app, status, 'sending') end
end
return redis.call('HGET', key(id), 'status')
