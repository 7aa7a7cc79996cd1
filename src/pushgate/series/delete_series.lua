-- uses: series
-- Delete a series. Its parts' messages stay. ARGV: app, id. Returns 1 where there was one, else 0.
local app, id = ARGV[1], ARGV[2]
redis.call('ZREM', q .. ':series', series_member(app, id))
redis.call('ZREM', q .. ':series:' .. app, id)
redis.call('UNLINK', series_audience(app, id), parts_key(app, id))
return redis.call('UNLINK', series_key(app, id))
