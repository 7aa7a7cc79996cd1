-- uses: account
-- Write who is targeted in this shard, once, in portions. Planning again brings nothing back that was already sent.
-- ARGV: keep until ms, now ms, minute, planner, number of the portion from 0 on, 1 if it is the last,
--   then block field, bits, state, failure label or '' by turns; of pending slots
--   the label says why they expire if nobody tries them
-- Of a planner that did not come to its end nothing stays: nothing of that is sent, for workers and the sweep pass over
-- a shard that is being planned. Returns 1 if the portion is written, 0 if the shard is planned or another planner is
-- at it.
local until_ms, now, minute = ARGV[1], ARGV[2], ARGV[3]
local mine, number = 'planning ' .. ARGV[4] .. ' ', tonumber(ARGV[5])
local marker = redis.call('GET', m .. ':marker') or ''
if marker == mine .. number then return 1 end -- a client that lost the connection in mid-call calls again
if number > 0 then
  if marker ~= mine .. (number - 1) then return 0 end
elseif marker ~= '' and not marker:match('^planning ') then
  return 0
else
  local left = {}
  for name in ('targeted pending accepted invalid rejected expired cancelled counts failures labels failed tried '
    .. 'timeline waiting doubt delivered clicked muted gone recalled'):gmatch('%a+') do
    left[#left + 1] = m .. ':' .. name
  end
  redis.call('UNLINK', unpack(left))
end
redis.call('SET', m .. ':marker', ARGV[6] == '1' and 'planned' or mine .. number, 'PXAT', until_ms)
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
  ':counts', ':failures', ':labels', ':failed', ':timeline', ':waiting', ':tried' }, until_ms)
return 1
