-- uses: status
-- Replace a message that is still scheduled. ARGV: id, app, body it had, body it gets, push time ms, keep until ms
-- Returns {'stored'}, {'changed'} when somebody else replaced it meanwhile, {'status', status} or {'missing'}.
local id, app = ARGV[1], ARGV[2]
local status, owner = status_of(id)
if owner ~= app then return { 'missing' } end
if status ~= 'scheduled' then return { 'status', status } end
if redis.call('HGET', key(id), 'body') ~= ARGV[3] then return { 'changed' } end
redis.call('HSET', key(id), 'body', ARGV[4])
redis.call('PEXPIREAT', key(id), ARGV[6])
redis.call('ZADD', q .. ':kept', ARGV[6], app .. ' ' .. id)
redis.call('ZADD', q .. ':schedule', ARGV[5], id)
redis.call('PUBLISH', q .. ':wake', ARGV[5])
return { 'stored' }
