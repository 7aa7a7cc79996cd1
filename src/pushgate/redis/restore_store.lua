-- A running process found that the store lost its data: restore the store's identity and callback keys.
-- KEYS[1]: {q}; see open_store.lua
-- ARGV: the id and the callback keys that the process knows ('' for none), version, when the process last saw that id (ms)
-- Returns 1 when this call restored them, 0 when the store has that id, -1 when the store is another one: its identity
-- was there already when the process last saw its own.
local store, secret = KEYS[1] .. ':store', KEYS[1] .. ':callback-key'
local found = redis.call('HMGET', store, 'id', 'created_at')
if found[1] == ARGV[1] then return 0 end
if found[1] and tonumber(found[2]) < tonumber(ARGV[4]) then return -1 end
local time = redis.call('TIME')
local now = string.format('%d', time[1] * 1000 + math.floor(time[2] / 1000))
redis.call('HSET', store, 'id', ARGV[1], 'version', ARGV[3], 'lost_at', now)
redis.call('HSETNX', store, 'created_at', now)
if ARGV[2] ~= '' then redis.call('SET', secret, ARGV[2]) end
return 1
