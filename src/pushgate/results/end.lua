-- uses: account
-- End what is pending, in state 'cancelled' or 'expired'; nothing is planned afterwards.
-- ARGV: state, keep until ms, minute. Returns how many ended.
local state, until_ms, minute = ARGV[1], ARGV[2], ARGV[3]
redis.call('SET', m .. ':marker', state, 'PXAT', until_ms)
local total, all = 0, words(string.rep('\255', 128))
for _, field in ipairs(redis.call('HKEYS', m .. ':pending')) do
  local moved, n = move(field, all, 'pending', state, minute)
  if n > 0 and state == 'expired' then expired(field, moved, n, minute) end
  total = total + n
end
redis.call('DEL', m .. ':waiting', m .. ':tried')
redis.call('HSET', m .. ':counts', '|open', 0)
keep_until({ ':' .. state, ':counts', ':timeline', ':failures', ':labels', ':failed' }, until_ms)
return total
