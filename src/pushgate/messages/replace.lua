-- uses: status
-- Replace a message that is still 'scheduled', or dispatch one that was 'sent' once more.
-- ARGV: id, app, body it had, body it gets, push time ms, keep until ms, the status it must have, now ms,
--   envelope it gets; last, for an idempotency key: record's name or '', record, ms to keep the record (as in put.lua)
-- Returns {'stored', status}, {'known', record} when the key was used before, {'changed'} when somebody else changed the
-- message meanwhile, or {'missing'}.
local id, app = ARGV[1], ARGV[2]
local name, answered, kept_for = unpack(ARGV, #ARGV - 2)
local known, status, owner = name ~= '' and redis.call('GET', name), status_of(id)
-- A client library that lost the connection in mid-call calls again: the first call may have gone through.
if known then return known == answered and { 'stored', status or '' } or { 'known', known } end
if owner ~= app then return { 'missing' } end
local body = redis.call('HGET', key(id), 'body')
if body == ARGV[4] and body ~= ARGV[3] then return { 'stored', status } end
if status ~= ARGV[7] or body ~= ARGV[3] then return { 'changed' } end
if name ~= '' then redis.call('SET', name, answered, 'PX', kept_for) end
redis.call('HSET', key(id), 'body', ARGV[4], 'envelope', ARGV[9])
if status == 'scheduled' then
  redis.call('PEXPIREAT', key(id), ARGV[6])
  redis.call('PEXPIREAT', audience(id), ARGV[6])
  redis.call('ZADD', q .. ':kept', ARGV[6], app .. ' ' .. id)
  redis.call('ZADD', q .. ':schedule', ARGV[5], id)
  redis.call('PUBLISH', q .. ':wake', ARGV[5])
else
  set_status(id, app, status, 'dispatching')
  redis.call('ZREM', q .. ':settling', id)
  redis.call('ZADD', q .. ':dispatching', 0, id) -- as one that nobody holds: the next claim takes it
  redis.call('PUBLISH', q .. ':wake', ARGV[8])
end
return { 'stored', redis.call('HGET', key(id), 'status') }
