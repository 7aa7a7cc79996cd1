-- uses: shard
-- Take leases on blocks. ARGV: holder, lease (ms), now (ms), until when blocks may be due (ms), '1' for those who send the canary's
-- terminals alone, block numbers
-- Returns the marker ('' when not planned), then for each block its pending bits without those that wait for a winner; or ''
-- when nothing is to be sent now, for nothing is pending, a retry is due later, the message is paused, or its canary runs and
-- nobody asks for that, or is over and somebody does; or how long somebody else's lease still lasts (ms, in decimal digits).
local of_canary, phase = ARGV[5] == '1', canary()
local other_phase = of_canary and phase == 'over' or not of_canary and phase == 'running'
local idle = is_being_planned() or is_paused() or other_phase
local answers = { redis.call('GET', m .. ':marker') or '' }
for i = 6, #ARGV do
  local block, lease = ARGV[i], m .. ':lease:' .. ARGV[i]
  local pending = not idle and sendable(block)
  local holder = redis.call('GET', lease)
  local kind, at = waiting(block)
  if not pending then
    answers[#answers + 1] = ''
  elseif holder then
    answers[#answers + 1] = tostring(math.max(1, redis.call('PTTL', lease)))
  elseif (kind == 'retry' or kind == 'alone') and tonumber(at) > tonumber(ARGV[4]) then
    answers[#answers + 1] = '' -- the vendor asked for a pause, which a surplus job must not cut short
  else
    redis.call('SET', lease, ARGV[1], 'PX', ARGV[2])
    redis.call('HSET', m .. ':waiting', block, 'submitted ' .. ARGV[3])
    answers[#answers + 1] = pending
  end
end
return answers
