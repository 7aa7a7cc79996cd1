-- uses: failures
-- Moves of slots from one state to another, with the counters that follow the bits.

-- How many of these slots were clicked.
local function clicks(block, slots)
  local clicked = slots_in('clicked', block)
  if not clicked then return 0 end
  local _, n = both(clicked, slots)
  return n
end

-- Move the wanted slots of a block that are in state `from` to state `to`. Returns the slots moved (nil for none), and how
-- many. The timeline counts arrivals: a terminal that came to a state and later to another one is in both minutes.
local function move(block, wanted, from, to, minute)
  local here = slots_in(from, block)
  if not here then return nil, 0 end
  local moved, n = both(wanted, here)
  if n == 0 then return nil, 0 end
  write_slots(from, block, without(here, moved))
  add_slots(to, block, moved)
  if is_read then note_slots(block, from, to, moved, n) end
  add(block, from, -n)
  add(block, to, n)
  if to == 'accepted' then add(block, 'unaccepted_clicks', -clicks(block, moved)) end
  if from == 'accepted' then add(block, 'unaccepted_clicks', clicks(block, moved)) end
  if from == 'pending' then count_pending(block, -n) else count_activity(minute, vendor_of(block), from, -n) end
  if to == 'pending' then count_pending(block, n) else arrived(minute, vendor_of(block), to, n) end
  return moved, n
end
