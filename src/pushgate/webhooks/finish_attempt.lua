-- Record how an attempt ended. The other keys are those of hold_lanes.lua.
-- KEYS[1]: {q}
--   {q}:webhook:<app>:<id>:log  list: the last attempts as JSON, the newest first
-- ARGV: app, id, holder, lane, shard, the delivery as it was stored, the delivery from now on ('' where it is over),
--   the place from now on where it is over, the attempt ('' where there was none), how many attempts are kept
-- Returns 1; 0 where the caller does not hold the lane, or the delivery is no longer the one that is stored.
local state = KEYS[1] .. ':webhook:' .. ARGV[1] .. ':' .. ARGV[2]
local lease, try = unpack(redis.call('HMGET', state, 'lease:' .. ARGV[4], 'try:' .. ARGV[5]))
if string.match(lease or '', '^%d+ (.+)$') ~= ARGV[3] or try ~= ARGV[6] then return 0 end
if ARGV[7] == '' then
  redis.call('HDEL', state, 'try:' .. ARGV[5])
  redis.call('HSET', state, 'at:' .. ARGV[5], ARGV[8])
else
  redis.call('HSET', state, 'try:' .. ARGV[5], ARGV[7])
end
if ARGV[9] ~= '' then
  redis.call('LPUSH', state .. ':log', ARGV[9])
  redis.call('LTRIM', state .. ':log', 0, ARGV[10] - 1)
end
return 1
