-- Open the store of an installation: give it an identity if it has none.
-- KEYS[1]: {q}; reads and writes
--   {q}:store         hash: id, version (of the key space), created_at (ms), lost_at (ms; set after a loss of data)
--   {q}:callback-key  string: the secrets behind callback tokens and receipt URLs; see restore_store.lua
-- ARGV: a new id, version
-- Returns id, version, lost_at or ''.
local store = KEYS[1] .. ':store'
if redis.call('EXISTS', store) == 0 then
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  redis.call('HSET', store, 'id', ARGV[1], 'version', ARGV[2], 'created_at', string.format('%d', now))
end
local found = redis.call('HMGET', store, 'id', 'version', 'lost_at')
return { found[1], found[2], found[3] or '' }
