-- uses: shard
-- Note that the message's canary runs, or is over. Once it is over, it stays so.
-- ARGV: 'running' | 'over', keep until (ms), now (ms). Returns 1.
if canary() == 'over' then return 1 end
redis.call('SET', m .. ':canary', ARGV[1], 'PXAT', ARGV[2])
-- Jobs of all blocks are submitted anew. Blocks stay that wait because a vendor asked for a pause, unless the canary begins anew.
if ARGV[1] == 'running' then redis.call('UNLINK', m .. ':waiting') end
redis.call('HSET', m .. ':waiting', '*', 'submitted ' .. ARGV[3])
keep_until({ ':waiting' }, ARGV[2])
return 1
