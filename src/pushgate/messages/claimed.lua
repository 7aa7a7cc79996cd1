-- uses: status
-- The holder of a claimed message does something with its claim. Common to renew.lua, mark_submitted.lua and put_back.lua.
-- ARGV: id, holder, instant (ms)
-- Returns the message's status, or false when somebody else holds it by now.
local id, holder, instant = ARGV[1], ARGV[2], ARGV[3]

-- The message's status and app, or false when this holder has no claim on it.
local function claimed()
  if redis.call('HGET', key(id), 'holder') ~= holder then return false end
  if not redis.call('ZSCORE', q .. ':dispatching', id) then return false end
  return status_of(id)
end

local function end_claim()
  redis.call('ZREM', q .. ':dispatching', id)
  redis.call('HDEL', key(id), 'holder')
end
