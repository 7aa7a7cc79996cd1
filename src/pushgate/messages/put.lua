-- uses: status
-- Store a message and schedule it, once for an idempotency key.
-- ARGV: id, app, body, push time ms, keep until ms, record's name or '', record (32 bytes of the request's digest, then
--   its answer), ms to keep the record, how many messages of the app may wait, 0 for any number, envelope,
--   then the pieces of a listed audience
-- Returns {'stored'}, {'known', record} when the key was used before, or {'full'} when so many wait already.
local id, app, body, push_at, keep_until = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5]
local most = tonumber(ARGV[9])
local function full()
  local waiting = 0
  for _, status in ipairs({ 'scheduled', 'dispatching', 'sending' }) do
    waiting = waiting + redis.call('ZCARD', list(app, status))
  end
  return waiting >= most
end
if ARGV[6] ~= '' then
  local known = redis.call('GET', ARGV[6])
  if known then return { 'known', known } end
  if most > 0 and full() then return { 'full' } end
  redis.call('SET', ARGV[6], ARGV[7], 'PX', ARGV[8])
end
-- A client library that lost the connection in mid-call calls again: the first call may have gone through.
if redis.call('EXISTS', key(id)) == 1 then return { 'stored' } end
if most > 0 and full() then return { 'full' } end
redis.call('HSET', key(id), 'app', app, 'body', body, 'envelope', ARGV[10])
redis.call('PEXPIREAT', key(id), keep_until)
for i = 11, #ARGV do redis.call('RPUSH', audience(id), ARGV[i]) end
redis.call('PEXPIREAT', audience(id), keep_until)
redis.call('ZADD', q .. ':messages:' .. app, 0, id)
redis.call('ZADD', q .. ':kept', keep_until, app .. ' ' .. id)
set_status(id, app, nil, 'scheduled')
redis.call('ZADD', q .. ':schedule', push_at, id)
redis.call('PUBLISH', q .. ':wake', ARGV[4])
return { 'stored' }
