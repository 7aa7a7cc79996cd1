-- A reader has come to a place. KEYS[1]: head of the stream's keys. ARGV: their end, reader, place
-- Returns 1, 0 where there is no such reader.
local readers = KEYS[1] .. ':readers' .. ARGV[1]
local known = redis.call('HGET', readers, ARGV[2])
if not known then return 0 end
redis.call('HSET', readers, ARGV[2], ARGV[3] .. known:match(' .*$'))
return 1
