-- A process reports that it is alive, and learns which store it speaks to.
-- KEYS[1]: {q}
--   {q}:processes  hash: process id -> "<ms when last seen> <description as JSON>"
--   {q}:store      see open_store.lua
-- ARGV: process id, description, ms after which a silent process is forgotten
-- Returns the store's id, version and lost_at, each '' where there is none, and the server's time (ms).
local processes = KEYS[1] .. ':processes'
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', processes, ARGV[1], string.format('%d %s', now, ARGV[2]))
local all = redis.call('HGETALL', processes)
for i = 1, #all, 2 do
  local seen = tonumber(string.match(all[i + 1], '^%d+'))
  if now - seen > tonumber(ARGV[3]) then redis.call('HDEL', processes, all[i]) end
end
local found = redis.call('HMGET', KEYS[1] .. ':store', 'id', 'version', 'lost_at')
return { found[1] or '', found[2] or '', found[3] or '', string.format('%d', now) }
