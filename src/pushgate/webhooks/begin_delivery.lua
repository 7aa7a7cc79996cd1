-- Store the boundaries of a delivery before its first attempt. The keys are those of hold_lanes.lua.
-- KEYS[1]: {q}    ARGV: app, id, holder, lane, shard, the stored place, the place from now on, the delivery ('' for none yet)
-- Returns 1; 0 where the caller does not hold the lane, the place has changed, or another delivery was begun.
local state = KEYS[1] .. ':webhook:' .. ARGV[1] .. ':' .. ARGV[2]
local lease, at, try = unpack(redis.call('HMGET', state, 'lease:' .. ARGV[4], 'at:' .. ARGV[5], 'try:' .. ARGV[5]))
if string.match(lease or '', '^%d+ (.+)$') ~= ARGV[3] or at ~= ARGV[6] or try then return 0 end
redis.call('HSET', state, 'at:' .. ARGV[5], ARGV[7])
if ARGV[8] ~= '' then redis.call('HSET', state, 'try:' .. ARGV[5], ARGV[8]) end
return 1
