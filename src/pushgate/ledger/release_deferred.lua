-- uses: moves
-- Target deferred slots of blocks, in the states in which they start. Slots that are not deferred any more are left as they are, so a
-- repeat changes nothing.
-- ARGV: keep until (ms), now (ms), minute, when the first slots that stay deferred are due (ms; '' for no change; 'never' where none
--   stays: slots that no variant has any more are held out), then of each entry: block number, bits (128 bytes), state, label of the
--   failure ('' for none), number of the variant ('' for none)
-- Returns 1; 0 where the message was ended in this shard, or is planned at this moment.
local keep_until_ms, now, minute = ARGV[1], ARGV[2], ARGV[3]
if not is_open_plan() then return 0 end
local released, open = 0, 0

local function start(block, slots, n, state, label)
  add(block, 'targeted', n)
  add(block, state, n)
  if state == 'pending' then
    open = open + n
    count_pending(block, n)
    if label ~= '' then redis.call('HSET', m .. ':unsent', vendor_of(block), label) end
    local kind, at = waiting(block)
    if kind ~= 'retry' or tonumber(at) <= tonumber(now) then -- else the vendor asked for a pause, or the block is spread over time
      redis.call('HSET', m .. ':waiting', block, 'submitted ' .. now)
    end
    if is_read then note_planned(group_of(block), n) end
    return
  end
  arrived(minute, vendor_of(block), state, n)
  if is_read then note_slots(block, '', state, slots, n) end
  came_to(state, block, label, slots, n, minute)
end

for at = 5, #ARGV, 5 do
  local block, bits, state, label, variant = unpack(ARGV, at, at + 4)
  block = tonumber(block)
  local deferred = slots_in('deferred', block)
  local slots, n
  if deferred then slots, n = both(words(bits), deferred) end
  if slots and n > 0 then
    write_slots('deferred', block, without(deferred, slots))
    add_slots('targeted', block, slots)
    add_slots(state, block, slots)
    if variant ~= '' then add_slots('arm:' .. variant, block, slots) end
    start(block, slots, n, state, label)
    released = released + n
  end
end
redis.call('HINCRBY', m .. ':counts', '|open', open)
local left = redis.call('HINCRBY', m .. ':counts', '|deferred', -released)
if left <= 0 or ARGV[4] == 'never' then
  if left > 0 and redis.call('HEXISTS', m .. ':counts', '|held_out') == 1 then
    redis.call('HINCRBY', m .. ':counts', '|held_out', left)
  end
  forget_deferred()
elseif ARGV[4] ~= '' then
  redis.call('HSET', m .. ':counts', '|deferred_until', ARGV[4])
end
keep_until({ ':ranges', ':counts', ':failures', ':labels', ':failed', ':timeline', ':waiting', ':unsent' }, keep_until_ms)
write_moves()
return 1
