-- uses: entries
-- Give a reader a place in a stream. A known reader keeps its own, unless another one is given.
-- KEYS[1]: head of the stream's keys. ARGV: their end, reader, 'now', 'start' or a place, until when it reads (ms, 0 for ever)
-- Returns the place.
open_entries()
local suffix, reader, place = ARGV[1], ARGV[2], ARGV[3]
local stream, readers = KEYS[1] .. ':events' .. suffix, KEYS[1] .. ':readers' .. suffix
if redis.call('EXISTS', readers) == 0 then begin_epoch(KEYS[1], suffix, 'subscribed') end
redis.call('PERSIST', KEYS[1] .. ':epoch' .. suffix)
local known = (redis.call('HGET', readers, reader) or ''):match('^%S+')
local is_given = place ~= 'now' and place ~= 'start'
if known and not is_given then
  place = known
elseif place == 'now' then
  place = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1][1]
elseif place == 'start' then
  local epoch, n = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1][1]:match('^(%d+)-(%d+)$')
  place = string.format('%s-%d', epoch, math.max(0, n - 1))
end
redis.call('HSET', readers, reader, place .. ' ' .. ARGV[4])
return place
