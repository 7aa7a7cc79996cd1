-- uses: status
-- A message of one app changes its status. Common to cancel.lua, finish.lua, settle.lua, pause.lua and others.
-- ARGV: id, app, then what the script adds
-- Returns the status before and after, or false when the app has no such message.
local id, app = ARGV[1], ARGV[2]

-- `change` takes the status before and returns the status after.
local function change_status(change)
  local before, owner = status_of(id)
  if owner ~= app then return false end
  local after = change(before)
  if after ~= before then set_status(id, app, before, after) end
  return { before, after }
end

-- Tell readers of the app's events. `event` is a part of an entry.
local function tell_readers(event)
  if redis.call('EXISTS', q .. ':readers:' .. app) == 0 then return end
  open_entries()
  append_entry(q, ':' .. app, event)
end

-- A message that is scheduled, dispatching or being sent waits until it is resumed. Returns its status.
-- The envelope of a family is wrapped once more meanwhile: a process of a version before would resume it as one message to all.
local function pause_message(status)
  if is_family(id) then
    redis.call('ZREM', q .. ':families', id)
    redis.call('HSET', key(id), 'envelope', '[' .. redis.call('HGET', key(id), 'envelope') .. ']')
  end
  redis.call('ZREM', q .. ':schedule', id)
  redis.call('ZREM', q .. ':sending', id)
  redis.call('ZADD', q .. ':paused', 0, id)
  redis.call('HSET', key(id), 'paused_while', status)
  redis.call('HINCRBY', key(id), 'pauses', 1)
  return 'paused'
end

-- The next claim takes a message that is being sent. A shard whose plan is missing then has lost it. Returns its status.
local function claim_again(now)
  redis.call('ZREM', q .. ':sending', id)
  redis.call('ZADD', q .. ':dispatching', 0, id)
  redis.call('HSET', key(id), 'replanned', 1)
  redis.call('PUBLISH', q .. ':wake', now)
  return 'dispatching'
end
