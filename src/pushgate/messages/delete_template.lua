-- Delete a template with its versions (at most MAX_VERSIONS of messages/templates.py), unless the template was changed
-- since it was read. put_template.lua lists the keys.
-- KEYS[1]: the tag of the queue
-- ARGV: app, name, head as it was read, its latest version, how long that number is kept in ms
-- Returns 'deleted' or 'changed'.
local tag, app, name = KEYS[1], ARGV[1], ARGV[2]
local heads, versions = tag .. ':templates:' .. app, tag .. ':template:' .. app .. ':' .. name
local contents, bytes = versions .. ':content', tag .. ':template-bytes:' .. app
if redis.call('HGET', heads, name) ~= ARGV[3] then return 'changed' end
local freed = 0
for _, version in ipairs(redis.call('HKEYS', contents)) do
  freed = freed + redis.call('HSTRLEN', contents, version)
end
redis.call('HDEL', heads, name)
redis.call('UNLINK', versions, contents)
redis.call('INCRBY', bytes, -freed)
redis.call('SET', tag .. ':template-last:' .. app .. ':' .. name, ARGV[4], 'PX', ARGV[5])
return 'deleted'
