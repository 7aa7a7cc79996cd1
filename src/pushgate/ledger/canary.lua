-- uses: shard
-- Note that the message's canary runs, until an instant, or is over. Once it is over, it stays so.
-- ARGV: 'running' | 'over', the instant (ms), keep until (ms), now (ms). Returns 1.
if canary() == 'over' then return 1 end
redis.call('SET', m .. ':canary', ARGV[1], 'PXAT', ARGV[3])
-- What is known of single blocks ends with the phase. A process of a version before canaries sends nothing until the instant.
redis.call('UNLINK', m .. ':waiting')
redis.call('HSET', m .. ':waiting', '*', ARGV[1] == 'over' and 'submitted ' .. ARGV[4] or 'retry ' .. ARGV[2])
keep_until({ ':waiting' }, ARGV[3])
return 1
