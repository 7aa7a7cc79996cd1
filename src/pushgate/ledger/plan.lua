-- uses: failures
-- Write who is targeted in this shard, once, in portions. A second plan changes nothing, so nothing is sent twice.
-- ARGV: keep until (ms), now (ms), minute, planner, number of the portion from 0 on, 1 if it is the last else 0,
--   then for each block: block field, bits, state, label of the failure or ''. The label of pending slots is the reason if
--   they expire without an attempt
-- A new planner deletes what an unfinished planner wrote. Nothing of that was sent: workers and recovery pass over a
-- shard that is being planned. Returns 1 if the portion is written, 0 if the shard is planned or another planner writes it.
local keep_until_ms, now, minute = ARGV[1], ARGV[2], ARGV[3]
local own_marker, number = 'planning ' .. ARGV[4] .. ' ', tonumber(ARGV[5])
local marker = redis.call('GET', m .. ':marker') or ''
if marker == own_marker .. number then return 1 end -- a client library repeats a call whose connection it lost
if number > 0 then
  if marker ~= own_marker .. (number - 1) then return 0 end
elseif marker ~= '' and not marker:match('^planning ') then
  return 0
else
  local keys = {}
  for name in ('targeted pending accepted invalid rejected expired cancelled counts failures labels failed tried '
    .. 'timeline waiting doubt delivered clicked muted gone recalled'):gmatch('%a+') do
    keys[#keys + 1] = m .. ':' .. name
  end
  redis.call('UNLINK', unpack(keys))
end
redis.call('SET', m .. ':marker', ARGV[6] == '1' and 'planned' or own_marker .. number, 'PXAT', keep_until_ms)
local total = 0
for i = 7, #ARGV, 4 do
  local field, bits, state, label = unpack(ARGV, i, i + 3)
  local n, group = count(words(bits)), group_of(field)
  redis.call('HSET', m .. ':targeted', field, bits)
  redis.call('HSET', m .. ':' .. state, field, bits)
  redis.call('HINCRBY', m .. ':counts', group .. '|targeted', n)
  redis.call('HINCRBY', m .. ':counts', group .. '|' .. state, n)
  if state == 'pending' then
    total = total + n
    redis.call('HSET', m .. ':waiting', field, 'submitted ' .. now)
    if label ~= '' then tried(field, label, words(bits)) end
  else
    arrived(minute, state, n)
    if state == 'expired' then
      expired(field, words(bits), n, minute)
    elseif label ~= '' then
      failed(field, label, words(bits), n, minute)
    end
  end
end
redis.call('HINCRBY', m .. ':counts', '|open', total)
keep_until({ ':targeted', ':pending', ':accepted', ':invalid', ':rejected', ':expired', ':cancelled',
  ':counts', ':failures', ':labels', ':failed', ':timeline', ':waiting', ':tried' }, keep_until_ms)
return 1
