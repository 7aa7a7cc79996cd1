-- uses: status
-- Replace a piece of a message's audience. ARGV: id, index of the piece, the piece that it was, the piece that it gets
-- Returns 1, or 0 where it is another one by now.
if redis.call('LINDEX', audience(ARGV[1]), ARGV[2]) ~= ARGV[3] then return 0 end
redis.call('LSET', audience(ARGV[1]), ARGV[2], ARGV[4])
return 1
