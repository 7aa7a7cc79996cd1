-- Store a version of a template, unless the template was changed since it was read.
-- KEYS[1]: the tag of the queue. The keys of an app's templates:
--   <tag>:templates:<app>                name -> head (messages/templates.py)
--   <tag>:template:<app>:<name>          version -> when it was stored, and by whom
--   <tag>:template:<app>:<name>:content  version -> contents by language
--   <tag>:template-bytes:<app>           bytes of all contents
--   <tag>:template-last:<app>:<name>     the last version of a deleted template; expires
-- ARGV: app, name, head as it was read or '', last version of a deleted template as it was read or '', new head,
--       version, about the version, content, version that is dropped or 0, how many templates, how many bytes there
--       is room for
-- Returns 'written', 'changed', 'full' or 'large'.
local tag, app, name = KEYS[1], ARGV[1], ARGV[2]
local heads, versions = tag .. ':templates:' .. app, tag .. ':template:' .. app .. ':' .. name
local contents, bytes = versions .. ':content', tag .. ':template-bytes:' .. app
local last = tag .. ':template-last:' .. app .. ':' .. name
if (redis.call('HGET', heads, name) or '') ~= ARGV[3] then return 'changed' end
if ARGV[3] == '' and (redis.call('GET', last) or '') ~= ARGV[4] then return 'changed' end
if ARGV[3] == '' and redis.call('HLEN', heads) >= tonumber(ARGV[10]) then return 'full' end
local grown = #ARGV[8] - redis.call('HSTRLEN', contents, ARGV[9])
if grown > 0 and tonumber(redis.call('GET', bytes) or 0) + grown > tonumber(ARGV[11]) then return 'large' end
redis.call('HSET', heads, name, ARGV[5])
redis.call('HSET', versions, ARGV[6], ARGV[7])
redis.call('HSET', contents, ARGV[6], ARGV[8])
redis.call('HDEL', versions, ARGV[9])
redis.call('HDEL', contents, ARGV[9])
redis.call('INCRBY', bytes, grown)
redis.call('DEL', last)
return 'written'
