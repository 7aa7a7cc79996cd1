-- uses: account
-- Blocks with something pending that nobody has: no lease, no job that may still be queued, no retry to come.
-- They are marked as submitted now. ARGV: now ms, submitted before ms, retry due before ms, limit
-- Returns how many terminals are pending, then the block fields.
local answers = { pending_total() }
for _, field in ipairs(redis.call('HKEYS', m .. ':pending')) do
  if #answers > tonumber(ARGV[4]) then break end
  if redis.call('EXISTS', m .. ':lease:' .. field) == 0 then
    local kind, at = (redis.call('HGET', m .. ':waiting', field) or 'submitted 0'):match('^(%a+) (%d+)$')
    if tonumber(at) < tonumber(kind == 'retry' and ARGV[3] or ARGV[2]) then
      redis.call('HSET', m .. ':waiting', field, 'submitted ' .. ARGV[1])
      answers[#answers + 1] = field
    end
  end
end
return answers
