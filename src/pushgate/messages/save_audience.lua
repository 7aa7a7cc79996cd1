-- uses: saved_names
-- Save an audience, unless the app's saved audiences were changed since the caller read their shapes.
-- ARGV: app, name, how often they were changed by then, times and short form, audience as JSON, shape,
--   when (ms) a frozen audience that it takes the place of is released
-- Returns 1, or 0 where they were changed.
local app, name = ARGV[1], ARGV[2]
if redis.call('HGET', audiences(app), name) == ARGV[4] and redis.call('HGET', rules(app), name) == ARGV[5] then
  return 1 -- the call is repeated
end
if (redis.call('HGET', shapes(app), '#') or '0') ~= ARGV[3] then return 0 end
release_frozen(app, name, ARGV[5], ARGV[7])
redis.call('HSET', audiences(app), name, ARGV[4])
redis.call('HSET', rules(app), name, ARGV[5])
redis.call('HSET', shapes(app), name, ARGV[6])
redis.call('HINCRBY', shapes(app), '#', 1)
return 1
