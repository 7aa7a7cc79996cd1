-- uses: slots
-- Note small messages in the histories of terminals, each once.
-- ARGV: until when the notes are kept (ms), then, 12 bytes each: a terminal's slot (4), an entry (8, opaque here). A terminal that
--   has left its slot is followed to its slot now; one that is forgotten has no history.
local until_ms, notes = tonumber(ARGV[1]), ARGV[2]
local ENTRY, NOTE, MAX_ENTRIES = 8, 12, 50
local DAY_MS = 86400000

local alive = {} -- by range, the bits of slots in use; reading all at once costs less than asking for each
local function is_alive(slot)
  local range, offset = math.floor(slot / RANGE), slot % RANGE
  alive[range] = alive[range] or redis.call('GET', s .. ':b:' .. range .. ':alive') or ''
  local byte = alive[range]:byte(math.floor(offset / 8) + 1)
  return byte and bit.band(byte, bit.lshift(1, offset % 8)) ~= 0
end

local kept = {} -- keys that live long enough

-- Keep a key until then, and up to a day longer, so that few calls change when it expires.
local function keep(key)
  if not kept[key] and redis.call('PEXPIRETIME', key) < until_ms then redis.call('PEXPIREAT', key, until_ms + DAY_MS) end
  kept[key] = true
end

for at = 1, #notes, NOTE do
  local slot, entry = struct.unpack(SLOT, notes, at), notes:sub(at + 4, at + NOTE - 1)
  if not is_alive(slot) then slot = follow(slot) end
  if is_alive(slot) then
    local key, field = place('small', slot)
    local entries = redis.call('HGET', key, field) or ''
    if not holds(entries, entry) then
      redis.call('HSET', key, field, (entries .. entry):sub(-MAX_ENTRIES * ENTRY))
      keep(key)
    end
  end
end
