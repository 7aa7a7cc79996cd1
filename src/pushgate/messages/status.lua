-- uses: entries
-- A message's status and the indexes by status, changed together. KEYS[1] is the hash tag of the queue; below it:
--   :message:<id>     hash: app, status, body (the message as JSON), envelope (the message without its content, as JSON),
--                     holder (the scheduler that claimed it), replanned (1 once a shard has lost its plan, or may have),
--                     open (the shards in which it may be open, as bits, eight a byte: a hint),
--                     saved (the saved audiences that it names, with spaces between them), pauses (how often it was paused),
--                     paused_while (the status in which it was paused; 'sending' once all of it is planned), canary ('running',
--                     a space and when the rest is due, ms; or 'held' | 'slowed' | 'passed'; absent before and without one),
--                     canary_finding (JSON: why it was held or slowed), resumed_at (when it was resumed last, ms),
--                     steps (its steps that are over, with spaces between them: the id of the step's message, or '-<reason>'),
--                     steps_cancelled (1 where no more steps are to come), winner (which variant the rest gets, as
--                     JSON), again (1 if it is to be dispatched once more); of a family also
--                     parts (how many parts were made), part_at (push time of the last one, ms), complete (1 once there are no
--                     more)
--   :audience:<id>    list: the pieces of a listed audience, each a JSON array, or an expression as JSON; it expires with the
--                     message
--   :messages:<app>, :messages:<app>:<status>  sorted sets of message ids, all scores 0: in the order of the ids
--   :pushed:<app>     sorted set: message id by push time, ms; those to come included
--   :schedule         sorted set: message id by push time, ms since the epoch
--   :families         sorted set: id of a family by the instant of its next part, or of its next check, ms. A family is in
--                     no other queue: its parts are. Parts are in none of the lists of an app's messages: their family is.
--                     But :pushed has the parts, and no family
--   :escalations      sorted set: id of a message that has steps to come, by the instant of the next one, or of the next
--                     check, ms
--   :dispatching      sorted set: message id by the end of the scheduler's lease, ms; 0 where nobody holds it
--   :sending          sorted set: message id by the next check, ms; 0 for at once
--   :settling         sorted set: message id by the last check, ms
--   :paused           sorted set: message id by the next check, ms; 0 for at once
--   :canaries         sorted set: id of a message whose canary runs or was held, by the next look at it, ms
--   :kept             sorted set: '<app> <id>' by the instant at which the message is forgotten, ms
--   :contents         sorted set: message id by the instant at which its content is dropped, ms, where that is earlier
--   :wake             channel: push times, ms, of messages that became due or will be
local q = KEYS[1]

local function key(id) return q .. ':message:' .. id end

local function audience(id) return q .. ':audience:' .. id end

local function index(app, status) return q .. ':messages:' .. app .. ':' .. status end

local function is_family(id) return id:sub(13, 13) == '2' end

local function is_part(id) return id:sub(13, 13) == '3' end

local function part(family, number) return family:sub(1, 12) .. '3' .. family:sub(14, 28) .. ('%02x'):format(number) end

local function family_of(part) return part:sub(1, 12) .. '2' .. part:sub(14, 28) .. '00' end

-- How many parts of a family were made; 0 for any other message.
local function parts_made(id) return is_family(id) and tonumber(redis.call('HGET', key(id), 'parts') or '0') or 0 end

-- The message's status and app, false and false where there is none.
local function status_of(id)
  local found = redis.call('HMGET', key(id), 'status', 'app')
  return found[1], found[2]
end

-- Whether a part of a family is being planned, or waits for it: no two of them are planned at a time.
local function is_planning_a_part(family)
  for number = 1, parts_made(family) do
    local status = status_of(part(family, number))
    if status == 'paused' then status = redis.call('HGET', key(part(family, number)), 'paused_while') end
    if status == 'scheduled' or status == 'dispatching' then return true end
  end
  return false
end

-- A family that was paused makes its parts again, from now (ms) on. Its envelope was wrapped: see owned.lua.
local function go_on_with_family(id, now)
  redis.call('HSET', key(id), 'envelope', redis.call('HGET', key(id), 'envelope'):sub(2, -2))
  redis.call('ZADD', q .. ':families', now, id)
end

local TOLD = { scheduled = true, sending = true, paused = true, sent = true, cancelled = true } -- to readers of events

local function set_status(id, app, before, after)
  redis.call('HSET', key(id), 'status', after)
  if is_part(id) then return end
  if TOLD[after] and redis.call('EXISTS', q .. ':readers:' .. app) == 1 then
    open_entries()
    append_entry(q, ':' .. app, '\7' .. counted_text(id) .. counted_text(after))
  end
  if before then redis.call('ZREM', index(app, before), id) end
  redis.call('ZADD', index(app, after), 0, id)
end

-- The content is dropped then (ms), if that is before all else is forgotten.
local function keep_content(id, until_ms, keep_until_ms)
  if tonumber(until_ms) < tonumber(keep_until_ms) then
    redis.call('ZADD', q .. ':contents', until_ms, id)
  else
    redis.call('ZREM', q .. ':contents', id)
  end
end
