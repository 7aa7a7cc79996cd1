-- uses: moves
-- End what is pending, as cancelled or expired, one portion of the blocks at a time. Nothing is planned afterwards, and what is
-- deferred is forgotten.
-- ARGV: state, keep until (ms), minute, cursor ('0' at first), size of the portion
-- Returns 1 for the last portion else 0, the next cursor, and how many slots ended.
local state, keep_until_ms, minute, size = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[5])
redis.call('SET', m .. ':marker', state, 'PXAT', keep_until_ms)
local total, all = 0, words(string.rep('\255', 128))
local cursor, blocks = scan('pending', ARGV[4], size)
read_groups(blocks)
-- A small hash comes as a whole. Its rest is left for the same cursor, which does not find the blocks that have ended.
local last = math.min(#blocks, size)
if last < #blocks then cursor = ARGV[4] end
local done = cursor == '0' and last == #blocks
for i = 1, last do
  local block = blocks[i]
  local moved, n = move(block, all, 'pending', state, minute)
  if n > 0 and state == 'expired' then expired(block, moved, n, minute) end
  total = total + n
end
if done then
  forget_deferred()
  redis.call('UNLINK', m .. ':waiting', m .. ':tried', m .. ':unsent')
end
redis.call('HSET', m .. ':counts', '|open', 0)
keep_until({ ':counts', ':timeline', ':failures', ':labels', ':failed' }, keep_until_ms)
write_moves()
return { done and 1 or 0, cursor, total }
