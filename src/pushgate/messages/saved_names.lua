-- uses: status
-- Saved audiences, and the messages that name them. Below KEYS[1]:
--   :audiences:<app>              hash: name -> times and short form of the saved audience, opaque here
--   :audience-rules:<app>         hash: name -> the whole audience as JSON
--   :audience-shapes:<app>        hash: name -> its size and the audiences that it names, opaque here; '#' -> how often the
--                                 app's saved audiences were changed
--   :audience-users:<app>:<name>  sorted set: ids of messages that name it, by their push time (ms). Messages that are
--                                 planned leave the set when others come. Expires with the last of these messages
--   :freezes                      sorted set: '<app> <key of a frozen audience>' by when (ms) there is work on it, see freezing/
--   :audience-change:<id>         string: the last change that gave a small message saved audiences; while it is made, the
--                                 message holds those from before and after. Expires with the message
local function audiences(app) return q .. ':audiences:' .. app end

local function rules(app) return q .. ':audience-rules:' .. app end

local function shapes(app) return q .. ':audience-shapes:' .. app end

local function users(app, name) return q .. ':audience-users:' .. app .. ':' .. name end

-- How long after its push time a small message may wait until schedulers store it as a large one (ms).
local MAX_DELAY_MS = 24 * 60 * 60 * 1000

-- Whether a message is still to be planned. Of a small message nothing is stored here before it becomes a large one.
local function will_be_planned(id, push_at, now)
  local status = redis.call('HGET', key(id), 'status')
  if status == 'sending' then return is_family(id) end
  if status then return status == 'scheduled' or status == 'dispatching' end
  return id:sub(13, 13) == '1' and push_at + MAX_DELAY_MS > now
end

-- The first of the names, with spaces between them, under which no audience is saved; nil where there is none.
local function unknown_audience(app, names)
  for name in names:gmatch('%S+') do
    if redis.call('HEXISTS', audiences(app), name) == 0 then return name end
  end
end

local function change_key(id) return q .. ':audience-change:' .. id end

-- A message does not name these audiences any more.
local function release_audiences(app, id, names)
  for name in names:gmatch('%S+') do redis.call('ZREM', users(app, name), id) end
end

-- A message names these audiences from now (ms) on; it is kept until then (ms).
local function name_audiences(app, id, names, push_at, keep_until, now)
  for name in names:gmatch('%S+') do
    local oldest = redis.call('ZRANGE', users(app, name), 0, 1, 'WITHSCORES')
    for i = 1, #oldest, 2 do
      if not will_be_planned(oldest[i], tonumber(oldest[i + 1]), now) then redis.call('ZREM', users(app, name), oldest[i]) end
    end
    redis.call('ZADD', users(app, name), 'GT', push_at, id) -- a change to an earlier time may fail
    if redis.call('PEXPIRETIME', users(app, name)) < tonumber(keep_until) then
      redis.call('PEXPIREAT', users(app, name), keep_until)
    end
  end
end

-- A frozen audience that gives its name to another rule, or to none ('' as `rule`), is released then (ms).
local function release_frozen(app, name, rule, due)
  local before = redis.call('HGET', rules(app), name)
  local key = before and before ~= rule and before:match('^{"frozen":"(%x+)"}$')
  if key then redis.call('ZADD', q .. ':freezes', due, app .. ' ' .. key) end
end
