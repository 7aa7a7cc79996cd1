-- uses: account
-- End what is pending, in state 'cancelled' or 'expired', in portions; nothing is planned afterwards.
-- ARGV: state, keep until ms, minute, cursor ('0' at first), size of the portion
-- Returns 1 if that was the last portion, the next cursor, and how many ended.
local state, until_ms, minute = ARGV[1], ARGV[2], ARGV[3]
redis.call('SET', m .. ':marker', state, 'PXAT', until_ms)
local total, all = 0, words(string.rep('\255', 128))
local found, size = redis.call('HSCAN', m .. ':pending', ARGV[4], 'COUNT', ARGV[5]), tonumber(ARGV[5])
-- A small hash comes as a whole: of that the rest is left for the same cursor, which does not find those that have ended.
local cursor, last = found[1], 2 * size
if #found[2] > last then cursor = ARGV[4] else last = #found[2] end
local done = cursor == '0' and last == #found[2]
for i = 1, last, 2 do
  local field = found[2][i]
  local moved, n = move(field, all, 'pending', state, minute)
  if n > 0 and state == 'expired' then expired(field, moved, n, minute) end
  total = total + n
end
if done then redis.call('UNLINK', m .. ':waiting', m .. ':tried') end
redis.call('HSET', m .. ':counts', '|open', 0)
keep_until({ ':' .. state, ':counts', ':timeline', ':failures', ':labels', ':failed' }, until_ms)
return { done and 1 or 0, cursor, total }
