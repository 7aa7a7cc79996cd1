-- Move the places of a webhook, and drop the deliveries that were begun from them. The keys are those of hold_lanes.lua.
-- KEYS[1]: {q}    ARGV: app, id, then shard, place...
-- Returns whether there is such a webhook.
local app, id = ARGV[1], ARGV[2]
if redis.call('HEXISTS', KEYS[1] .. ':webhooks:' .. app, id) == 0 then return 0 end
local state = KEYS[1] .. ':webhook:' .. app .. ':' .. id
for i = 3, #ARGV, 2 do
  redis.call('HSET', state, 'at:' .. ARGV[i], ARGV[i + 1])
  redis.call('HDEL', state, 'try:' .. ARGV[i])
end
return 1
