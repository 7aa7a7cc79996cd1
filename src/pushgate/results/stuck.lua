-- uses: account
-- Blocks with something pending that nobody has: no lease, no job that may still be queued, no retry to come.
-- They are marked as submitted now. ARGV: now ms, submitted before ms, retry due before ms, limit
-- Returns how many terminals are open, then the block fields.
local answers = { open_total() }
local function held(field) return redis.call('EXISTS', m .. ':lease:' .. field) == 1 end
if redis.call('EXISTS', m .. ':pending') == 0 and answers[1] > 0 then
  -- All that is open is withheld. Where its worker is gone it stays as it is, unanswered: it may have been sent.
  for _, field in ipairs(redis.call('HKEYS', m .. ':waiting')) do
    if held(field) then return answers end
  end
  redis.call('HSET', m .. ':counts', '|open', 0)
  return { 0 }
end
for _, field in ipairs(redis.call('HKEYS', m .. ':pending')) do
  if #answers > tonumber(ARGV[4]) then break end
  if not held(field) then
    local kind, at = (redis.call('HGET', m .. ':waiting', field) or 'submitted 0'):match('^(%a+) (%d+)$')
    if tonumber(at) < tonumber(kind == 'retry' and ARGV[3] or ARGV[2]) then
      redis.call('HSET', m .. ':waiting', field, 'submitted ' .. ARGV[1])
      answers[#answers + 1] = field
    end
  end
end
return answers
