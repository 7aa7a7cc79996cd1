-- uses: status
-- A claimed message is about to be sent: its canary runs until an instant, unless it was decided before. If it is claimed again
-- while the canary runs, after a crash or a pause, the canary runs anew. A message that was held was resumed by somebody, unless it
-- is paused: then another scheduler held it after the caller had read it.
-- ARGV: id, when the rest is due (ms)
-- Returns 'running <ms>', 'passed', 'slowed' or 'held'.
local id = ARGV[1]
local known = redis.call('HGET', key(id), 'canary')
if known == 'passed' or known == 'slowed' then return known end
if known == 'held' then
  if status_of(id) == 'paused' then return known end
  redis.call('HSET', key(id), 'canary', 'passed')
  redis.call('ZREM', q .. ':canaries', id)
  return 'passed'
end
if redis.call('EXISTS', key(id)) == 0 then return 'passed' end -- it is forgotten
redis.call('HSET', key(id), 'canary', 'running ' .. ARGV[2])
redis.call('ZADD', q .. ':canaries', 0, id)
return 'running ' .. ARGV[2]
