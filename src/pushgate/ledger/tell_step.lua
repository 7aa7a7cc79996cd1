-- uses: shard
-- A step of an escalation is due for slots of the message: write an event for the slots of each block that have none for this step
-- yet.
-- ARGV: keep until (ms), step, what nobody reported, then for each block: block number, bits (128 bytes)
-- Returns for how many slots the step came, in these blocks.
local step, unless, total = ARGV[2], ARGV[3], 0

local function tell(block, slots)
  local hex = raw(slots):reverse():gsub('.', function(byte) return ('%02x'):format(byte:byte()) end)
  local event = cjson.encode({ 'terminal.not_reached', { message = m:match(':m:(.*)$'), block = block, group = group_of(block),
    step = step, unless = unless, slots = hex } })
  note('\10' .. struct.pack('>I4', #event) .. event)
end

for i = 4, #ARGV, 2 do
  local block, field = ARGV[i], step .. ' ' .. ARGV[i]
  local known = words(redis.call('HGET', m .. ':told', field))
  local new = without(words(ARGV[i + 1]), known)
  merge(known, new)
  total = total + count(known)
  if count(new) > 0 then
    redis.call('HSET', m .. ':told', field, raw(known))
    if is_read then tell(block, new) end
  end
end
redis.call('PEXPIREAT', m .. ':told', ARGV[1])
write_events()
return total
