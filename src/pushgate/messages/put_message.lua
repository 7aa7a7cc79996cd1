-- uses: saved_names
-- Storing a message and scheduling it. Common to put.lua and series/spawn.lua.
local function waiting_of(app)
  local waiting = 0
  for _, status in ipairs({ 'scheduled', 'dispatching', 'sending', 'paused' }) do
    waiting = waiting + redis.call('ZCARD', index(app, status))
  end
  return waiting
end

-- `message`: id, app, body, envelope, push_at (ms), keep_until (end of retention, ms), content_until (end of the content's
--   retention, ms), max_waiting (how many messages of the app may wait, 0 for any number), names (the saved audiences that it
--   names, with spaces between them), escalates_at (the instant of its first step, ms, '' for none). `store_audience` stores the
--   pieces of the audience under the key that it is given.
-- Returns 1, also where the message is stored already; 0 when that many wait; or the name of a saved audience that does not exist.
local function store_message(message, store_audience)
  local id, app, names = message.id, message.app, message.names
  -- A client library that lost its connection during a call repeats the call: the first one may have been carried out.
  if redis.call('EXISTS', key(id)) == 1 then return 1 end
  if message.max_waiting > 0 and waiting_of(app) >= message.max_waiting then return 0 end
  local unknown = unknown_audience(app, names)
  if unknown then return unknown end
  redis.call('HSET', key(id), 'app', app, 'body', message.body, 'envelope', message.envelope)
  if names ~= '' then
    redis.call('HSET', key(id), 'saved', names)
    local created_at = tonumber(id:sub(1, 12), 16) or 0
    name_audiences(app, id, names, tonumber(message.push_at), message.keep_until, created_at)
  end
  redis.call('PEXPIREAT', key(id), message.keep_until)
  store_audience(audience(id))
  redis.call('PEXPIREAT', audience(id), message.keep_until)
  redis.call('ZADD', q .. ':messages:' .. app, 0, id)
  if not is_family(id) then redis.call('ZADD', q .. ':pushed:' .. app, message.push_at, id) end
  redis.call('ZADD', q .. ':kept', message.keep_until, app .. ' ' .. id)
  keep_content(id, message.content_until, message.keep_until)
  set_status(id, app, nil, 'scheduled')
  redis.call('ZADD', q .. (is_family(id) and ':families' or ':schedule'), message.push_at, id)
  if message.escalates_at ~= '' then redis.call('ZADD', q .. ':escalations', message.escalates_at, id) end
  redis.call('PUBLISH', q .. ':wake', message.push_at)
  return 1
end
