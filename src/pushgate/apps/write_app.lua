-- Write or delete the document of an app, and log the change for the catalogs that processes have in memory.
-- KEYS[1]: {q}; writes
--   {q}:app-settings  hash: app -> document (JSON; secrets in it are sealed)
--   {q}:app-changes   list: the last changes, oldest first, each '<change id>:<app>'
-- ARGV: app, the document or '' to delete it, the document that it replaces ('' for none), change id,
--       how many changes are kept, how many documents there may be
-- Returns 1 when it was written, 0 when another document is there, -1 when there are too many.
local documents, changes = KEYS[1] .. ':app-settings', KEYS[1] .. ':app-changes'
local known = redis.call('HGET', documents, ARGV[1]) or ''
if known ~= ARGV[3] then return 0 end
if ARGV[2] == '' then
  redis.call('HDEL', documents, ARGV[1])
else
  if known == '' and redis.call('HLEN', documents) >= tonumber(ARGV[6]) then return -1 end
  redis.call('HSET', documents, ARGV[1], ARGV[2])
end
redis.call('RPUSH', changes, ARGV[4] .. ':' .. ARGV[1])
redis.call('LTRIM', changes, -ARGV[5], -1)
return 1
