-- A message's status and the indexes by status, changed together. `q` is the hash tag of the queue.
--   :message:<id>     hash: app, status, body (the message), envelope (the message without its content), holder,
--                     replanned (1 once a shard's plan was lost)
--   :audience:<id>    list: the pieces of a listed audience; it expires with the message
--   :messages:<app>, :messages:<app>:<status>  message ids in their order, scores 0
--   :schedule, :dispatching, :sending, :settling  message ids by push time, lease end, next look, last look
--   :kept             '<app> <id>' by the instant until which the message is kept
local q = KEYS[1]

local function key(id)
  return q .. ':message:' .. id
end

local function audience(id)
  return q .. ':audience:' .. id
end

local function list(app, status)
  return q .. ':messages:' .. app .. ':' .. status
end

local function status_of(id)
  local found = redis.call('HMGET', key(id), 'status', 'app')
  return found[1], found[2]
end

local function set_status(id, app, before, after)
  redis.call('HSET', key(id), 'status', after)
  if before then redis.call('ZREM', list(app, before), id) end
  redis.call('ZADD', list(app, after), 0, id)
end
