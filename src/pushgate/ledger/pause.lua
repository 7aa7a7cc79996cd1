-- uses: shard
-- Note that the message is paused, or that a pause is over. A note of an earlier pause changes nothing, so that it may come late.
-- ARGV: number of the pause, 'paused' | 'resumed', keep until (ms), now (ms). Returns 1.
local state, number = (redis.call('GET', m .. ':pause') or 'resumed 0'):match('^(%a+) (%d+)$')
local wanted, known = tonumber(ARGV[1]), tonumber(number)
if wanted > known or (wanted == known and state == 'paused') then
  redis.call('SET', m .. ':pause', ARGV[2] .. ' ' .. ARGV[1], 'PXAT', ARGV[3])
  -- Jobs are submitted anew: recovery waits for them as for those of the plan.
  if ARGV[2] == 'resumed' and redis.call('EXISTS', m .. ':waiting') == 1 then
    redis.call('HSET', m .. ':waiting', '*', 'submitted ' .. ARGV[4])
  end
end
return 1
