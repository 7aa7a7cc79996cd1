-- Read entries after a place. KEYS[1]: head of the stream's keys. ARGV: their end, place, how many at most
-- Returns the entries. Where they do not follow the place: 'gap', the stream's last entry, and the first one after the place, if
-- any.
local stream, epoch, n = KEYS[1] .. ':events' .. ARGV[1], ARGV[2]:match('^(%d+)-(%d+)$')
local found = redis.call('XRANGE', stream, '(' .. ARGV[2], '+', 'COUNT', ARGV[3])
if found[1] and found[1][1] == string.format('%s-%d', epoch, n + 1) then
  for i, entry in ipairs(found) do
    -- An epoch that begins here is a gap at the next read.
    if entry[1]:match('^%d+') ~= epoch then return { unpack(found, 1, i - 1) } end
  end
  return found
end
local last = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
if not last or last[1] == ARGV[2] then return {} end
return { 'gap', last, found[1] }
