-- Store a webhook, if it is still as it was read.
-- KEYS[1]: {q}
--   {q}:webhooks            set: apps that have webhooks
--   {q}:webhooks:changes    counter of changes of webhooks, by which senders notice them
--   {q}:webhooks:<app>      hash: id -> webhook as JSON
-- ARGV: app, id, the webhook as it was read ('' for a new one), the new one, the most that an app may have,
--   then for a new one: field, value... of its state (see hold_lanes.lua)
-- Returns 1; 0 where it has changed or is gone; -1 where the app has too many.
local app, id = ARGV[1], ARGV[2]
local webhooks = KEYS[1] .. ':webhooks:' .. app
if (redis.call('HGET', webhooks, id) or '') ~= ARGV[3] then return 0 end
if ARGV[3] == '' and redis.call('HLEN', webhooks) >= tonumber(ARGV[5]) then return -1 end
redis.call('HSET', webhooks, id, ARGV[4])
redis.call('SADD', KEYS[1] .. ':webhooks', app)
redis.call('INCR', KEYS[1] .. ':webhooks:changes')
local state = KEYS[1] .. ':webhook:' .. app .. ':' .. id
for i = 6, #ARGV, 2 do redis.call('HSET', state, ARGV[i], ARGV[i + 1]) end
return 1
