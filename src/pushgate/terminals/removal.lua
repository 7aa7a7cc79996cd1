-- Count in a batch of answers; 2 when its dead tokens must stay, 1 when they must unless the rest of the message shows
-- that nothing is wrong, else 0. KEYS[1]: {q}:removal:<app>:<vendor>, a list of
-- 'answered dead' by batch, and KEYS[1]:sum, their sums. Shared by all workers.
-- ARGV: answered, dead, window, enough, abnormal share
local batches, sums = KEYS[1], KEYS[1] .. ':sum'
local answered, dead = tonumber(ARGV[1]), tonumber(ARGV[2])
local window, enough, share = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])

redis.call('RPUSH', batches, answered .. ' ' .. dead)
local all = redis.call('HINCRBY', sums, 'answered', answered)
local died = redis.call('HINCRBY', sums, 'dead', dead)
while redis.call('LLEN', batches) > 1 do
  local old_answered, old_dead = redis.call('LINDEX', batches, 0):match('^(%d+) (%d+)$')
  if all - tonumber(old_answered) < window then break end
  redis.call('LPOP', batches)
  all = redis.call('HINCRBY', sums, 'answered', -tonumber(old_answered))
  died = redis.call('HINCRBY', sums, 'dead', -tonumber(old_dead))
end
redis.call('PEXPIRE', batches, 86400000)
redis.call('PEXPIRE', sums, 86400000)

local function abnormal(of, gone) return gone >= enough and gone >= share * of end
if all >= window and abnormal(all, died) then return 2 end
-- A batch is judged by itself too: after much healthy traffic one that is all dead would hardly show.
return (abnormal(answered, dead) or abnormal(all, died)) and 1 or 0
