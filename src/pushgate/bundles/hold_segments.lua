-- uses: home
-- Put segments aside until their times to live are over: see home.lua.
-- ARGV: id of the hold, then of each segment: page and segment (5 bytes), end of its longest time to live (ms)
-- Returns how many wait, 0 where the home was put aside for this hold before.
if redis.call('GET', T .. ':restored') == ARGV[1] then return 0 end
local held = 0
for i = 2, #ARGV, 2 do
  for _, queue in ipairs({ T .. ':due', T .. ':urgent' }) do
    if redis.call('ZSCORE', queue, ARGV[i]) then
      redis.call('ZADD', queue, ARGV[i + 1], ARGV[i])
      redis.call('ZADD', T .. ':restored-segments', ARGV[i + 1], ARGV[i])
      held = held + 1
    end
  end
end
return held
