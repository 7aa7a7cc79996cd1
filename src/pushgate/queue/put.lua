-- uses: status
-- Store a message and schedule it, once for an idempotency key.
-- ARGV: id, app, body, push time ms, keep until ms, idempotency key's digest or '', body's digest, ms to remember,
--   how many messages of the app may wait, 0 for any number, envelope, then the pieces of a listed audience
-- Returns {'stored'}, {'known', first body}, {'conflict'}, or {'full'} when so many wait already.
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
  local idempotency = q .. ':idempotency:' .. app .. ':' .. ARGV[6]
  local known = redis.call('HMGET', idempotency, 'digest', 'body')
  if known[1] then
    if known[1] == ARGV[7] then return { 'known', known[2] } end
    return { 'conflict' }
  end
  if most > 0 and full() then return { 'full' } end
  redis.call('HSET', idempotency, 'digest', ARGV[7], 'body', body)
  redis.call('PEXPIRE', idempotency, ARGV[8])
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
