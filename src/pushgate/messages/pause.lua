-- uses: owned
-- Pause a message: nobody claims or plans it, and recovery leaves it alone, until it is resumed. Its time to live goes on.
-- A scheduler that is planning it goes on, and leaves it paused.
-- KEYS, ARGV: see owned.lua and status.lua
-- Returns the status before and after, and the number of the pause ('0' where the message was never paused).
local answer = change_status(function(status)
  if status ~= 'scheduled' and status ~= 'dispatching' and status ~= 'sending' then return status end
  return pause_message(status)
end)
if not answer then return false end
answer[3] = redis.call('HGET', key(id), 'pauses') or '0'
return answer
