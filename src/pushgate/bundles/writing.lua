-- uses: bundle_events
-- Writing bundles back, with events for readers, leases, and the time of the next check.

-- Write what changed.
local function save_bundle(bundle)
  if next(bundle.changed) and is_read then note_changes(bundle) end
  local changed, number, values = bundle.changed, bundle.number, {}
  local function put(name, value)
    values[#values + 1] = number .. name
    values[#values + 1] = value
  end
  if changed.v then put('v', string.char(unpack(bundle.states))) end
  if changed.w then put('w', struct.pack('>' .. string.rep('I4', bundle.size), unpack(bundle.seconds))) end
  if changed.e then put('e', bundle.expiry) end
  if changed.l then put('l', table.concat(bundle.labels, '\n')) end
  if changed.r then put('r', bundle.receipts) end
  if changed.f then
    local parts = {}
    for slot = 0, bundle.size - 1 do
      local known = bundle.tries[slot]
      if known then parts[#parts + 1] = struct.pack('>I2BB', slot, known[1], known[2]) end
    end
    if #parts > 0 then put('f', table.concat(parts)) else redis.call('HDEL', bundle.key, number .. 'f') end
  end
  if #values > 0 then redis.call('HSET', bundle.key, unpack(values)) end
end

-- Until when the bundle is leased (ms, 0 where it is not), and by whom.
local function lease_of(number)
  local until_ms, holder = (redis.call('HGET', T .. ':lease', number) or ''):match('^(%d+) (.*)$')
  return tonumber(until_ms or 0), holder
end

local function drop_lease(number) redis.call('HDEL', T .. ':lease', number) end

-- Somebody must look after the bundle then (ms); nobody must, for nil.
local function look_at(number, at_ms)
  if at_ms then redis.call('ZADD', T .. ':open', at_ms, number) else redis.call('ZREM', T .. ':open', number) end
end

-- Nothing holds the bundle any more: the next look follows from its slots.
local function rest(bundle)
  local open, soonest = open_slots(bundle)
  drop_lease(bundle.number)
  look_at(bundle.number, soonest and soonest * 1000 or nil)
  return open, soonest
end

-- The bundle has expired, and with it all that somebody must look after.
local function forget_bundle(number)
  drop_lease(number)
  look_at(number, nil)
  if redis.call('EXISTS', T .. ':open') == 0 then redis.call('HDEL', T .. ':waiting', 'open') end
end

-- Moves by state name, of which the app's activity is told.
local function tally() return {} end
local function count_move(moves, state) moves[NAMES[state]] = (moves[NAMES[state]] or 0) + 1 end
-- A slot leaves a state that it was counted in. A reserved slot is not counted before its answer.
local function count_departure(moves, state) moves[NAMES[state]] = (moves[NAMES[state]] or 0) - 1 end
local function record_activity(moves, vendor, now_s)
  for name, n in pairs(moves) do
    if name ~= 'pending' then count_activity(math.floor(now_s / 60), vendor, name, n) end
  end
end
