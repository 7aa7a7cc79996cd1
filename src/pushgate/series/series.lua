-- uses: pushgate.messages:put_message
-- A series makes a message, a part, each time that it falls due. Below KEYS[1], the hash tag of the queue:
--   :series               sorted set: '<app> <id>' of series by their next instant, ms since the epoch
--   :series:<app>         sorted set: ids of the app's series that are listed, all scores 0
--   :series-held          string: instants up to this one (ms) are not made up for: the store went back, and they may have been
--   :s:<app>:<id>         hash: kind ('recurrence'), status ('active' | 'paused' | 'ended'), next (ms, '' for none),
--                         revision (how often it was written), number (of the next part), last (the newest part's message),
--                         definition, template, written (opaque here), saved (saved audiences that parts name, with spaces)
--   :s:<app>:<id>:audience  list: the pieces of the audience, which each part gets
--   :parts:<app>:<id>     hash: number -> '<instant, ms> <message id or -> <reason why there is none or -> <detail>'
local function series_key(app, id) return q .. ':s:' .. app .. ':' .. id end

local function series_audience(app, id) return series_key(app, id) .. ':audience' end

local function parts_key(app, id) return q .. ':parts:' .. app .. ':' .. id end

local function series_member(app, id) return app .. ' ' .. id end

-- The series falls due then (ms), '' for never.
local function expect_series(app, id, at)
  redis.call('HSET', series_key(app, id), 'next', at)
  if at == '' then
    redis.call('ZREM', q .. ':series', series_member(app, id))
  else
    redis.call('ZADD', q .. ':series', at, series_member(app, id))
    redis.call('PUBLISH', q .. ':wake', at)
  end
end
