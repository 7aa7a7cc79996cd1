-- uses: failures
-- Moves of slots from one state to another, with the counters that follow the bits.

-- How many of these slots were clicked.
local function clicks(field, slots)
  local clicked = redis.call('HGET', m .. ':clicked', field)
  if not clicked then return 0 end
  local _, n = both(words(clicked), slots)
  return n
end

-- Move the wanted slots of a block that are in state `from` to state `to`. Returns the slots moved (nil for none), and how
-- many. The timeline counts arrivals: a terminal that came to a state and later to another one is in both minutes.
local function move(field, wanted, from, to, minute)
  local raw_from = redis.call('HGET', m .. ':' .. from, field)
  if not raw_from then return nil, 0 end
  local here, moved = words(raw_from), {}
  for i = 1, 32 do
    moved[i] = bit.band(bit.tobit(wanted[i]), bit.tobit(here[i]))
    here[i] = bit.bxor(bit.tobit(here[i]), moved[i])
  end
  local n = count(moved)
  if n == 0 then return nil, 0 end
  write_block(m .. ':' .. from, field, here)
  local there = words(redis.call('HGET', m .. ':' .. to, field))
  for i = 1, 32 do there[i] = bit.bor(bit.tobit(there[i]), moved[i]) end
  write_block(m .. ':' .. to, field, there)
  add(field, from, -n)
  add(field, to, n)
  if to == 'accepted' then add(field, 'unaccepted_clicks', -clicks(field, moved)) end
  if from == 'accepted' then add(field, 'unaccepted_clicks', clicks(field, moved)) end
  if to ~= 'pending' then arrived(minute, to, n) end
  return moved, n
end
