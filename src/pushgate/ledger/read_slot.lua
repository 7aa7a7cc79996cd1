-- uses: slot_state
-- Read the result of one terminal: by the first of these slots that the message is for.
-- ARGV: block number and offset into the block, of each slot
-- Returns { marker, 1 where the shard was planned else 0 }, and where the message is for a slot its values (slot_state.lua), or
-- 'held_out' where it would be for one of them if it held out nobody.
local marker = redis.call('GET', m .. ':marker') or ''
if not is_planned() then return { marker, 0 } end
for i = 1, #ARGV, 2 do
  local values = slot_values(ARGV[i], tonumber(ARGV[i + 1]))
  if values then return { marker, 1, unpack(values) } end
end
for i = 1, #ARGV, 2 do
  if is_in_set('held_out', ARGV[i], tonumber(ARGV[i + 1])) then return { marker, 1, 'held_out' } end
end
return { marker, 1 }
