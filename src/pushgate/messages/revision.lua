-- uses: status
-- Replace the body of a message, unless somebody else changed it meanwhile. Common to reschedule.lua and resend.lua.
-- ARGV: id, app, the body it had, the body and the envelope it gets, key of the idempotency record or '', the record, how
--   long the record is kept (ms), push time (ms), end of retention (ms), now (ms)
-- Returns {'stored', status}, {'known', record} when the idempotency key was used before, {'changed'} when somebody else
-- changed the message meanwhile, or {'missing'}.
local id, app, body_before, body_after, envelope = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local record_key, record, record_ms = ARGV[6], ARGV[7], ARGV[8]
local push_at, keep_until, now = ARGV[9], ARGV[10], ARGV[11]

-- Revise the message if it has the status `needed`; `apply` changes the indexes.
local function revise(needed, apply)
  local known = record_key ~= '' and redis.call('GET', record_key)
  local status, owner = status_of(id)
  -- A client library that lost its connection during a call repeats the call: the first one may have been carried out.
  if known then return known == record and { 'stored', status or '' } or { 'known', known } end
  if owner ~= app then return { 'missing' } end
  local body = redis.call('HGET', key(id), 'body')
  if body == body_after and body ~= body_before then return { 'stored', status } end
  if status ~= needed or body ~= body_before then return { 'changed' } end
  if record_key ~= '' then redis.call('SET', record_key, record, 'PX', record_ms) end
  redis.call('HSET', key(id), 'body', body_after, 'envelope', envelope)
  apply()
  return { 'stored', redis.call('HGET', key(id), 'status') }
end
