-- uses: account
-- Write who is targeted in this shard, once. Planning again brings nothing back that was already sent.
-- ARGV: keep until ms, now ms, minute, then block field, bits, state, failure label or '' by turns
-- Returns 1 if this call planned it.
local until_ms, now, minute = ARGV[1], ARGV[2], ARGV[3]
if redis.call('EXISTS', m .. ':marker') == 1 then return 0 end
redis.call('SET', m .. ':marker', 'planned', 'PXAT', until_ms)
local total = 0
for i = 4, #ARGV, 4 do
  local field, bits, state, label = unpack(ARGV, i, i + 3)
  local n, group = count(words(bits)), group_of(field)
  redis.call('HSET', m .. ':targeted', field, bits)
  redis.call('HSET', m .. ':' .. state, field, bits)
  redis.call('HINCRBY', m .. ':counts', group .. '|targeted', n)
  redis.call('HINCRBY', m .. ':counts', group .. '|' .. state, n)
  if state == 'pending' then
    total = total + n
    redis.call('HSET', m .. ':waiting', field, 'submitted ' .. now)
  else
    redis.call('HINCRBY', m .. ':timeline', minute .. '|' .. state, n)
    if state == 'expired' then
      expired(field, words(bits), n, minute)
    elseif label ~= '' then
      failed(field, label, words(bits), n, minute)
    end
  end
end
redis.call('HINCRBY', m .. ':counts', '|open', total)
keep_until({ ':targeted', ':pending', ':accepted', ':invalid', ':rejected', ':expired', ':cancelled',
  ':counts', ':failures', ':labels', ':failed', ':timeline', ':waiting' }, until_ms)
return 1
