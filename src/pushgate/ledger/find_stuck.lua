-- uses: shard
-- Find blocks with pending slots that nobody is going to send: no lease, no job that may still be queued, no retry to come.
-- One portion of the pending blocks is read. The blocks found count as submitted now.
-- ARGV: now (ms), submitted before (ms), retry due before (ms), cursor ('0' at first), size of the portion
-- Returns the next cursor ('0' at the end), how many terminals are open, how many blocks were read, then the block fields.
if is_being_planned() then return { '0', open_total(), 0 } end
local found = redis.call('HSCAN', m .. ':pending', ARGV[4], 'COUNT', ARGV[5])
local answers = { found[1], open_total(), #found[2] / 2 }
for i = 1, #found[2], 2 do
  local field = found[2][i]
  if redis.call('EXISTS', m .. ':lease:' .. field) == 0 then
    local kind, at = (redis.call('HGET', m .. ':waiting', field) or 'submitted 0'):match('^(%a+) (%d+)$')
    if tonumber(at) < tonumber(kind == 'retry' and ARGV[3] or ARGV[2]) then
      redis.call('HSET', m .. ':waiting', field, 'submitted ' .. ARGV[1])
      answers[#answers + 1] = field
    end
  end
end
return answers
