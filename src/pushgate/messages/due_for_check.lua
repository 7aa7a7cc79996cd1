-- uses: status
-- Messages whose next check is due, for recovery. Each is due again at the next check.
-- ARGV: now (ms), next check (ms), limit, 'sending' | 'settling' | 'paused' | 'canaries'. Returns status and envelope by turns.
local answers, checks = {}, q .. ':' .. ARGV[4]
for _, id in ipairs(redis.call('ZRANGEBYSCORE', checks, '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])) do
  local found = redis.call('HMGET', key(id), 'status', 'envelope')
  if found[1] then
    redis.call('ZADD', checks, ARGV[2], id)
    answers[#answers + 1] = found[1]
    answers[#answers + 1] = found[2]
  else
    redis.call('ZREM', checks, id)
  end
end
return answers
