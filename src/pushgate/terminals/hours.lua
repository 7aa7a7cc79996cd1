-- uses: events
-- Hours of the day (UTC) in which terminals clicked, by periods of 28 days, of which four are kept. Below the hash tag of the
-- shard:
--   :b:<range>:h:<hour>:<period>  string: bits of the slots whose terminals clicked in this hour in this period. It expires
--   :b:<range>:h                  string: bits of the slots that may be in one of these
--   :hours                        hash: '<hour>:<period>' -> how many terminals clicked then. What leaves is not taken off
-- They are in no row, so they go along when a terminal moves, and are cleared when its slot becomes free or it has another user.
local HOUR, PERIOD, PERIODS, HOURS_RANGE, LEAST_BYTES = 3600, 28 * 86400, 4, 65536, 64

local function hours_key(slot, name)
  return KEYS[1] .. ':b:' .. math.floor(slot / HOURS_RANGE) .. ':h' .. (name and ':' .. name or '')
end

local function has_hour(slot, name) return redis.call('GETBIT', hours_key(slot, name), bit.bxor(slot % HOURS_RANGE, 7)) == 1 end

local known_hours -- the hours and periods of which the shard has clicks
local function hours()
  known_hours = known_hours or redis.call('HKEYS', KEYS[1] .. ':hours')
  return known_hours
end

-- Set a bit; returns whether it was set before. A string that grows does so by doubling, which Redis would do on top.
local function set_hour(slot, name)
  local key, byte = hours_key(slot, name), math.floor(slot % HOURS_RANGE / 8)
  local size = redis.call('STRLEN', key)
  if byte >= size then
    local grown = LEAST_BYTES
    while grown <= byte do grown = 2 * grown end
    redis.call('SET', key, (size > 0 and redis.call('GET', key) or '') .. ('\0'):rep(grown - size), 'KEEPTTL')
    local period = name and name:match(':(%d+)$')
    if size == 0 and period then redis.call('PEXPIREAT', key, (period + PERIODS) * PERIOD * 1000) end
  end
  return redis.call('SETBIT', key, bit.bxor(slot % HOURS_RANGE, 7), 1) == 1
end

-- Count a click in an hour and period; those that are kept no longer go.
local function count_hour(name, period)
  if redis.call('HINCRBY', KEYS[1] .. ':hours', name, 1) > 1 then return end
  known_hours = nil
  for _, other in ipairs(hours()) do
    if tonumber(other:match(':(%d+)$')) <= period - PERIODS then redis.call('HDEL', KEYS[1] .. ':hours', other) end
  end
  known_hours = nil
end

-- The terminal of a slot clicked at `now` (s).
local function note_hour(slot, now)
  local period = math.floor(now / PERIOD)
  local name = math.floor(now / HOUR) % 24 .. ':' .. period
  if set_hour(slot, name) then return end
  set_hour(slot)
  count_hour(name, period)
end

-- The hours of a terminal go with it to another slot.
local function take_hours(slot, following)
  if not has_hour(slot) then return end
  for _, name in ipairs(hours()) do
    if has_hour(slot, name) then set_hour(following, name) end
  end
  set_hour(following)
end

-- A slot that becomes free has no hours.
local function clear_hours(slot)
  if not has_hour(slot) then return end
  for _, name in ipairs(hours()) do
    if has_hour(slot, name) then redis.call('SETBIT', hours_key(slot, name), bit.bxor(slot % HOURS_RANGE, 7), 0) end
  end
  redis.call('SETBIT', hours_key(slot), bit.bxor(slot % HOURS_RANGE, 7), 0)
end
