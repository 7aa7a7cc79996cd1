-- Delete a webhook with its state and its log. The keys are those of put_webhook.lua, hold_lanes.lua and finish_attempt.lua.
-- KEYS[1]: {q}    ARGV: app, id
-- Returns whether there was one.
local app, id = ARGV[1], ARGV[2]
local webhooks, state = KEYS[1] .. ':webhooks:' .. app, KEYS[1] .. ':webhook:' .. app .. ':' .. id
local found = redis.call('HDEL', webhooks, id)
redis.call('DEL', state, state .. ':log')
if redis.call('EXISTS', webhooks) == 0 then redis.call('SREM', KEYS[1] .. ':webhooks', app) end
redis.call('INCR', KEYS[1] .. ':webhooks:changes')
return found
