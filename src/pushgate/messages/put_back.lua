-- uses: claimed
-- Give up a claimed message, to be claimed again from `instant` on. Some of it may be planned already, so its status stays.
-- A message that was cancelled meanwhile goes to recovery, which ends what was planned of it. One that was paused stays so.
local status = claimed()
if not status then return false end
end_claim()
if status == 'paused' then return status end
redis.call('ZADD', q .. (status == 'dispatching' and ':dispatching' or ':sending'), instant, id)
return status
