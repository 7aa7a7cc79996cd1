-- uses: series
-- The store went back: instants of series up to this one are not made up for, because they may have been.
-- ARGV: the instant (ms)
local held = tonumber(redis.call('GET', q .. ':series-held') or '-1')
if tonumber(ARGV[1]) > held then redis.call('SET', q .. ':series-held', ARGV[1]) end
return 1
