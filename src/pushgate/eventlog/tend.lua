-- uses: leave
-- Maintain a stream: remove readers whose time is over, and the stream if no reader is left; begin a new epoch where entries may be
-- lost; remove old entries.
-- KEYS[1]: head of the stream's keys. ARGV: their end, now (ms), entries go that are older than this (ms), bytes of the stream
--   (about), run of the server, last place that was seen, or ''
-- Returns the last place, '' where there is no stream any more; 1 where more entries are to go, else 0.
local suffix, now, keep_since, max_bytes = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local stream = KEYS[1] .. ':events' .. suffix
-- So many entries go in one call for their age, and for their bytes; so many are read at once; so many of the stream's nodes are
-- measured; an entry's bytes beside its value.
local MAX_ENTRIES, MAX_SURPLUS, PORTION, SAMPLES, ENTRY_BYTES = 10000, 5000, 100, 10000, 24

local known = redis.call('HGETALL', readers)
for i = 1, #known, 2 do
  local expires_at = tonumber(known[i + 1]:match(' (%d+)$'))
  if expires_at > 0 and expires_at <= now then redis.call('HDEL', readers, known[i]) end
end
if leave_if_unread() == 1 then return { '', 0 } end

local function place_of(entry)
  local epoch, n = entry[1]:match('^(%d+)-(%d+)$')
  return tonumber(epoch), tonumber(n)
end

local function at(entry) return (struct.unpack('>I6', entry[2][2])) end

local function first_from(place) return redis.call('XRANGE', stream, place, '+', 'COUNT', 1)[1] end

local function last_entry() return redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1] end

local function went_back(last)
  if ARGV[6] == '' then return false end
  local epoch, n = place_of(last)
  local seen_epoch, seen_n = place_of({ ARGV[6] })
  return epoch < seen_epoch or epoch == seen_epoch and n < seen_n
end

-- A server that was restarted, or replaced by its replica, may have lost its last writes.
local function follow_server(last)
  local server_key = KEYS[1] .. ':epoch-server' .. suffix
  local server = redis.call('GET', server_key)
  if went_back(last) then
    begin_epoch(KEYS[1], suffix, 'rolled_back')
  elseif server and server ~= ARGV[5] then
    begin_epoch(KEYS[1], suffix, 'restarted')
  end
  if server ~= ARGV[5] then redis.call('SET', server_key, ARGV[5]) end
end

-- How many entries from the first one on are too old, by halves; at most MAX_ENTRIES. The last entry stays.
local function count_old(epoch, n)
  local low, high = 0, MAX_ENTRIES
  while low < high do
    local middle = math.ceil((low + high) / 2)
    local entry = first_from(string.format('%d-%d', epoch, n + middle - 1))
    if entry and at(entry) < keep_since then low = middle else high = middle - 1 end
  end
  return low
end

-- Remove the oldest entries where the stream has too many bytes; the last entry stays. Returns whether there may be more of them.
local function make_room()
  local surplus = redis.call('MEMORY', 'USAGE', stream, 'SAMPLES', SAMPLES) - max_bytes
  for _ = 1, surplus > 0 and MAX_SURPLUS / PORTION or 0 do
    local oldest, gone = redis.call('XRANGE', stream, '-', '+', 'COUNT', PORTION + 1), 0
    while surplus > 0 and gone + 1 < #oldest do
      gone = gone + 1
      surplus = surplus - #oldest[gone][2][2] - ENTRY_BYTES
    end
    if gone == 0 then return false end
    redis.call('XTRIM', stream, 'MINID', '=', oldest[gone + 1][1])
  end
  return surplus > 0
end

follow_server(last_entry())
local first, last = first_from('-'), last_entry()
local epoch, n = place_of(first)
local old = at(first) < keep_since and count_old(epoch, n) or 0
if old > 0 then
  local place = string.format('%d-%d', epoch, n + old)
  if not first_from(place) then place = last[1] end
  redis.call('XTRIM', stream, 'MINID', '=', place)
end
local has_more = make_room() or old == MAX_ENTRIES
return { last[1], has_more and 1 or 0 }
