-- uses: account
-- Take a lease on blocks. ARGV: holder, lease ms, block fields
-- Returns the marker ('' when not planned), then for each block: its pending bits, '' when nothing is pending, or the
-- ms that somebody else's lease still has.
local answers = { redis.call('GET', m .. ':marker') or '' }
for i = 3, #ARGV do
  local field, lease = ARGV[i], m .. ':lease:' .. ARGV[i]
  local pending = redis.call('HGET', m .. ':pending', field)
  if not pending then
    answers[#answers + 1] = ''
  else
    local holder = redis.call('GET', lease)
    if holder and holder ~= ARGV[1] then
      answers[#answers + 1] = tostring(math.max(1, redis.call('PTTL', lease)))
    else
      redis.call('SET', lease, ARGV[1], 'PX', ARGV[2])
      answers[#answers + 1] = pending
    end
  end
end
return answers
