-- uses: saved_names
-- Replace the body of a message, unless somebody else changed it meanwhile. Common to reschedule.lua and resend.lua.
-- ARGV: id, app, the body it had, the body and the envelope it gets, digest of the request and its idempotency key or '',
--   push time (ms), end of retention (ms), end of the content's retention (ms), now (ms); and where the audience changes, the
--   saved audiences that the message names, with spaces between them, then the pieces of the audience
-- Returns {'stored', status}, {'changed'} when somebody else changed the message meanwhile, {'missing'}, or {'unknown', name}
-- where there is no such saved audience. A request that is repeated changes nothing.
local id, app, body_before, body_after, envelope = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local request = ARGV[6]
local push_at, keep_until, content_until, now = ARGV[7], ARGV[8], ARGV[9], ARGV[10]
local names = ARGV[11]

local function replace_audience()
  redis.call('DEL', audience(id))
  for i = 12, #ARGV do redis.call('RPUSH', audience(id), ARGV[i]) end
  redis.call('HSET', key(id), 'saved', names)
end

-- A client library that lost its connection during a call repeats the call: the first one may have been carried out.
-- Revise the message if it has the status `needed`; `apply` changes the indexes.
local function revise(needed, apply)
  local status, owner = status_of(id)
  if owner ~= app then return { 'missing' } end
  if request ~= '' and redis.call('HGET', key(id), 'request') == request then return { 'stored', status } end
  local body = redis.call('HGET', key(id), 'body')
  if body == body_after and body ~= body_before then return { 'stored', status } end
  if status ~= needed or body ~= body_before then return { 'changed' } end
  local unknown = names and unknown_audience(app, names)
  if unknown then return { 'unknown', unknown } end
  redis.call('HSET', key(id), 'body', body_after, 'envelope', envelope, 'request', request)
  if names then replace_audience() end
  apply()
  return { 'stored', redis.call('HGET', key(id), 'status') }
end
