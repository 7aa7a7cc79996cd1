-- Change the state of a hold. KEYS[1]: {q}; see look_at_store.lua
-- ARGV: id of the hold, the state, '' to end the hold
-- Returns 1, or 0 where another hold is there by now, or none.
local key = KEYS[1] .. ':restored'
if redis.call('HGET', key, 'id') ~= ARGV[1] then return 0 end
if ARGV[2] == '' then
  redis.call('DEL', key, KEYS[1] .. ':backup:open')
else
  redis.call('HSET', key, 'state', ARGV[2])
end
return 1
