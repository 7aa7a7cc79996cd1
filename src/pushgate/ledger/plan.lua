-- uses: failures
-- Write who is targeted in this shard, once, in portions. A second plan changes nothing, so nothing is sent twice.
-- ARGV: keep until (ms), now (ms), minute, planner, number of the portion from 0 on, 1 if it is the last else 0,
--   then lists, each after its length:
--   group, state, terminals, label of pending ones that expire without an attempt ('' for that of 'ttl')
--   range with many slots, how many of them are pending
--   set, range, bits (without zeros at the end; '' for those of 'targeted', which comes first in each range)
--   set, block number, value as sets.lua tells
--   block number, bits (128 bytes), terminals, state, label of the failure ('' for none), for slots that do not start as pending
--   counter of the whole shard, its value
-- A new planner deletes what an unfinished planner wrote. Nothing of that was sent: workers and recovery pass over a
-- shard that is being planned. Returns 1 if the portion is written, 0 if the shard is planned or another planner writes it.
local keep_until_ms, now, minute = ARGV[1], ARGV[2], ARGV[3]
local own_marker, number = 'planning ' .. ARGV[4] .. ' ', tonumber(ARGV[5])
local SETS = { 'targeted', 'pending', 'accepted', 'invalid', 'rejected', 'expired', 'cancelled', 'doubt', 'delivered',
  'clicked', 'muted', 'gone', 'recalled', 'unproven', 'rest', 'withdrawn', 'deferred', 'held_out' }

local function delete_plan()
  local keys, ranges = {}, redis.call('HKEYS', m .. ':ranges')
  for arm = 1, redis.call('HGET', m .. ':counts', '|variants') or 0 do SETS[#SETS + 1] = 'arm:' .. arm - 1 end
  for _, set in ipairs(SETS) do
    keys[#keys + 1] = m .. ':' .. set
    for _, range in ipairs(ranges) do keys[#keys + 1] = m .. ':' .. set .. ':' .. range end
  end
  for name in ('ranges counts failures labels failed tried unsent timeline waiting'):gmatch('%a+') do
    keys[#keys + 1] = m .. ':' .. name
  end
  redis.call('UNLINK', unpack(keys))
end

local marker = redis.call('GET', m .. ':marker') or ''
if marker == own_marker .. number then return 1 end -- a client library repeats a call whose connection it lost
if number > 0 then
  if marker ~= own_marker .. (number - 1) then return 0 end
elseif marker ~= '' and not marker:match('^planning ') then
  return 0
else
  local is_known = redis.call('EXISTS', m .. ':counts') == 1
  delete_plan()
  if is_read and is_known then note_sums() end -- there are none now
end
redis.call('SET', m .. ':marker', ARGV[6] == '1' and 'planned' or own_marker .. number, 'PXAT', keep_until_ms)

local at = 7
-- Call `use` for each entry of the next list of entries of `size` values.
local function each(size, use)
  local first = at + 1
  at = first + size * ARGV[at]
  for i = first, at - size, size do use(unpack(ARGV, i, i + size - 1)) end
end

local pending = 0
each(4, function(group, state, n, label)
  redis.call('HINCRBY', m .. ':counts', group .. '|targeted', n)
  redis.call('HINCRBY', m .. ':counts', group .. '|' .. state, n)
  local vendor = group:match('^[^/]*')
  if label ~= '' then redis.call('HSET', m .. ':unsent', vendor, label) end
  if is_read and state == 'pending' then note_planned(group, tonumber(n)) end
  if state == 'pending' then pending = pending + n else arrived(minute, vendor, state, tonumber(n)) end
end)
redis.call('HINCRBY', m .. ':counts', '|pending', pending)
redis.call('HINCRBY', m .. ':counts', '|open', pending)
if number == 0 then redis.call('HSET', m .. ':waiting', '*', 'submitted ' .. now) end
each(2, function(range, n) redis.call('HSET', m .. ':ranges', range, n) end)
each(3, function(set, range, bits)
  local key = m .. ':' .. set .. ':' .. range
  -- A copy is one short line of the append-only file.
  if bits == '' then return redis.call('COPY', m .. ':targeted:' .. range, key, 'REPLACE') end
  redis.call('SET', key, bits, 'PXAT', keep_until_ms)
end)
each(3, function(set, block, value)
  redis.call('HSET', m .. ':' .. set, block, value)
  written[m .. ':' .. set] = true
end)
each(5, function(block, bits, n, state, label)
  if is_read then note_slots(block, '', state, words(bits), tonumber(n)) end
  came_to(state, block, label, words(bits), tonumber(n), minute)
end)
each(2, function(name, n) redis.call('HSET', m .. ':counts', '|' .. name, n) end)
keep_until({ ':ranges', ':counts', ':failures', ':labels', ':failed', ':timeline', ':waiting', ':unsent' }, keep_until_ms)
write_moves()
return 1
