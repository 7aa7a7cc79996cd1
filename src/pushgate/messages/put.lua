-- uses: saved_names
-- Store a message and schedule it.
-- ARGV: id, app, body, push time (ms), end of retention (ms), end of the content's retention (ms), how many
--   messages of the app may wait (0 for any number), envelope, the saved audiences that it names, with spaces between them,
--   entry of the audit log or '', then the pieces of the audience
-- Returns 1, or 0 when that many wait already, or the name of a saved audience that does not exist.
local id, app, body, push_at, keep_until = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5]
local content_until, max_waiting, envelope, names = ARGV[6], tonumber(ARGV[7]), ARGV[8], ARGV[9]

local function full()
  if max_waiting == 0 then return false end
  local waiting = 0
  for _, status in ipairs({ 'scheduled', 'dispatching', 'sending', 'paused' }) do
    waiting = waiting + redis.call('ZCARD', index(app, status))
  end
  return waiting >= max_waiting
end

-- A client library that lost its connection during a call repeats the call: the first one may have been carried out.
if redis.call('EXISTS', key(id)) == 1 then return 1 end
if full() then return 0 end
local unknown = unknown_audience(app, names)
if unknown then return unknown end
redis.call('HSET', key(id), 'app', app, 'body', body, 'envelope', envelope)
if names ~= '' then
  redis.call('HSET', key(id), 'saved', names)
  local created_at = tonumber(id:sub(1, 12), 16) or 0
  name_audiences(app, id, names, push_at, keep_until, created_at)
end
redis.call('PEXPIREAT', key(id), keep_until)
for i = 11, #ARGV do redis.call('RPUSH', audience(id), ARGV[i]) end
redis.call('PEXPIREAT', audience(id), keep_until)
redis.call('ZADD', q .. ':messages:' .. app, 0, id)
redis.call('ZADD', q .. ':pushed:' .. app, push_at, id)
redis.call('ZADD', q .. ':kept', keep_until, app .. ' ' .. id)
keep_content(id, content_until, keep_until)
set_status(id, app, nil, 'scheduled')
redis.call('ZADD', q .. ':schedule', push_at, id)
redis.call('PUBLISH', q .. ':wake', ARGV[4])
if ARGV[10] ~= '' then
  redis.call('SADD', q .. ':audit-apps', app)
  redis.call('XADD', q .. ':audit:' .. app, '*', 'e', ARGV[10])
end
return 1
