-- uses: account
-- End what is pending, in state 'cancelled' or 'expired', in portions; nothing is planned afterwards.
-- ARGV: state, keep until ms, minute, cursor ('0' at first), size of the portion
-- Returns the next cursor ('0' at the end), and how many ended.
local state, until_ms, minute = ARGV[1], ARGV[2], ARGV[3]
redis.call('SET', m .. ':marker', state, 'PXAT', until_ms)
local total, all = 0, words(string.rep('\255', 128))
local found = redis.call('HSCAN', m .. ':pending', ARGV[4], 'COUNT', ARGV[5])
for i = 1, #found[2], 2 do
  local field = found[2][i]
  local moved, n = move(field, all, 'pending', state, minute)
  if n > 0 and state == 'expired' then expired(field, moved, n, minute) end
  total = total + n
end
if found[1] == '0' then redis.call('UNLINK', m .. ':waiting', m .. ':tried') end
redis.call('HSET', m .. ':counts', '|open', 0)
keep_until({ ':' .. state, ':counts', ':timeline', ':failures', ':labels', ':failed' }, until_ms)
return { found[1], total }
