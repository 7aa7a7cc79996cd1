-- uses: shard
-- Note that the message's canary runs, or is over. Once it is over, it stays so.
-- ARGV: 'running' | 'over', keep until (ms), now (ms). Returns 1.
if canary() == 'over' then return 1 end
redis.call('SET', m .. ':canary', ARGV[1], 'PXAT', ARGV[2])
-- Jobs of all blocks are submitted anew: when those of single blocks are due is past.
redis.call('UNLINK', m .. ':waiting')
redis.call('HSET', m .. ':waiting', '*', 'submitted ' .. ARGV[3])
keep_until({ ':waiting' }, ARGV[2])
return 1
