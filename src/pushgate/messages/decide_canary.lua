-- uses: owned
-- Decide what follows a canary, once: the message is paused, or claimed again, for its rest. Nothing is decided of a canary
-- that began anew since it was looked at, or of a message that is paused, put aside or over.
-- KEYS, ARGV: see owned.lua and status.lua
-- Further ARGV: the canary as it was looked at ('running <ms>'), 'held' | 'slowed' | 'passed', the limit that was passed (JSON)
--   or '', now (ms), an event that tells of it or '', when it was decided and what could not be judged (JSON)
-- Returns the status before and after, and the number of the pause ('0' where the message was never paused).
local decided = false
local answer = change_status(function(status)
  if status ~= 'sending' or redis.call('HGET', key(id), 'canary') ~= ARGV[3] then return status end
  if redis.call('ZSCORE', q .. ':restored:' .. app, id) then return status end
  decided = true
  redis.call('HSET', key(id), 'canary', ARGV[4])
  redis.call('HSET', key(id), 'canary_decided', ARGV[8])
  if ARGV[5] ~= '' then redis.call('HSET', key(id), 'canary_finding', ARGV[5]) end
  if ARGV[4] == 'held' then return pause_message(status) end
  redis.call('ZREM', q .. ':canaries', id)
  return claim_again(ARGV[6])
end)
if not answer then return false end
if decided and ARGV[7] ~= '' then tell_readers(ARGV[7]) end
answer[3] = redis.call('HGET', key(id), 'pauses') or '0'
return answer
