-- uses: shard
-- Hold blocks with pending slots, so that nobody sends them: their lease belongs to nobody. One portion of the blocks.
-- ARGV: until (ms), cursor ('0' at first), size of the portion
-- Returns the next cursor ('0' at the end).
local cursor, blocks = scan('pending', ARGV[2], ARGV[3])
for _, block in ipairs(blocks) do redis.call('SET', m .. ':lease:' .. block, 'restored', 'PXAT', ARGV[1]) end
return cursor
