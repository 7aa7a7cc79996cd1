-- uses: shard
-- Find blocks with pending slots that nobody is going to send: no lease, no job that may still be queued, no retry to come.
-- Slots that wait for a winner are left out.
-- One portion of the pending blocks is read. The blocks found count as submitted now.
-- ARGV: now (ms), submitted before (ms), retry due before (ms), cursor ('0' at first), size of the portion
-- Returns the next cursor ('0' at the end), how many terminals are open, how many blocks were read, then by turns number and
-- group of each block found.
if is_being_planned() then return { '0', open_total(), 0 } end
local cursor, blocks = scan('pending', ARGV[4], ARGV[5])
read_groups(blocks)
local answers = { cursor, open_total(), #blocks }
for _, block in ipairs(blocks) do
  if redis.call('EXISTS', m .. ':lease:' .. block) == 0 and (not rest_waits() or sendable(block)) then
    local kind, at = waiting(block)
    if tonumber(at) < tonumber((kind == 'retry' or kind == 'alone') and ARGV[3] or ARGV[2]) then
      redis.call('HSET', m .. ':waiting', block, 'submitted ' .. ARGV[1])
      answers[#answers + 1] = block
      answers[#answers + 1] = group_of(block)
    end
  end
end
return answers
