-- Open the store of an installation: give it an identity if it has none.
-- KEYS[1]: {q}; reads and writes
--   {q}:store         hash: id, version (of the key space), created_at (ms), lost_at (ms; set after a loss of data)
--   {q}:callback-key  string: the secret behind callback tokens and receipt URLs
-- ARGV: a new id, version, a new callback key
-- Returns id, version, lost_at or '', callback key.
local store, secret = KEYS[1] .. ':store', KEYS[1] .. ':callback-key'
if redis.call('EXISTS', store) == 0 then
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  redis.call('HSET', store, 'id', ARGV[1], 'version', ARGV[2], 'created_at', string.format('%d', now))
end
redis.call('SET', secret, ARGV[3], 'NX')
local found = redis.call('HMGET', store, 'id', 'version', 'lost_at')
return { found[1], found[2], found[3] or '', redis.call('GET', secret) }
