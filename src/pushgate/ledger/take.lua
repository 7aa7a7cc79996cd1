-- uses: shard
-- Take leases on blocks. ARGV: holder, lease (ms), now (ms), block numbers
-- Returns the marker ('' when not planned), then for each block its pending bits; or '' when nothing is to be sent now, for
-- nothing is pending, a retry is due later, or the message is paused; or how long somebody else's lease still lasts (ms, in
-- decimal digits).
local idle = is_being_planned() or is_paused()
local answers = { redis.call('GET', m .. ':marker') or '' }
for i = 4, #ARGV do
  local block, lease = ARGV[i], m .. ':lease:' .. ARGV[i]
  local pending = not idle and bytes_in('pending', block)
  local holder = redis.call('GET', lease)
  local kind, at = waiting(block)
  if not pending then
    answers[#answers + 1] = ''
  elseif holder then
    answers[#answers + 1] = tostring(math.max(1, redis.call('PTTL', lease)))
  elseif kind == 'retry' and tonumber(at) > tonumber(ARGV[3]) then
    answers[#answers + 1] = '' -- the vendor asked for a pause, which a surplus job must not cut short
  else
    redis.call('SET', lease, ARGV[1], 'PX', ARGV[2])
    redis.call('HSET', m .. ':waiting', block, 'submitted ' .. ARGV[3])
    answers[#answers + 1] = pending
  end
end
return answers
