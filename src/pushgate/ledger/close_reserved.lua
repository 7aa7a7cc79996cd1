-- uses: shard
-- Close reserved slots: nothing is pending in this shard, and yet slots are open that a worker reserved for an at-most-once send.
-- Where no worker holds a block any more they stay in their state, because they may have been sent. One portion of the blocks is
-- read.
-- ARGV: cursor ('0' at first), size of the portion
-- Returns the next cursor ('0' at the end, and where somebody holds a block), and how many terminals are open.
local function done() return { '0', open_total() } end

if pending_total() > 0 or open_total() == 0 then return done() end
local found = redis.call('HSCAN', m .. ':waiting', ARGV[1], 'COUNT', ARGV[2])
for i = 1, #found[2], 2 do
  if redis.call('EXISTS', m .. ':lease:' .. found[2][i]) == 1 then return done() end
end
if found[1] == '0' then redis.call('HSET', m .. ':counts', '|open', 0) end
return { found[1], open_total() }
