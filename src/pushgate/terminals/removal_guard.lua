-- Count in a batch of answers; returns the answers of the window and how many of them are dead tokens.
-- KEYS[1]: {q}:removal:<app>:<vendor>, a list of 'answered dead' by batch, and KEYS[1]:sum, their sums. Shared by all
-- workers.
-- ARGV: answered, dead, window
local batches, sums = KEYS[1], KEYS[1] .. ':sum'
local answered, dead, window = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])

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
return { all, died }
