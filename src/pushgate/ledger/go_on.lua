-- uses: shard
-- Go on with blocks that hold.lua held: recovery finds that nobody sends them. One portion of the blocks.
-- ARGV: cursor ('0' at first), size of the portion
-- Returns the next cursor ('0' at the end).
local cursor, blocks = scan('pending', ARGV[1], ARGV[2])
for _, block in ipairs(blocks) do
  local lease = m .. ':lease:' .. block
  if redis.call('GET', lease) == 'restored' then
    redis.call('DEL', lease)
    redis.call('HSET', m .. ':waiting', block, 'submitted 0')
  end
end
return cursor
