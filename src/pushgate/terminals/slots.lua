-- uses: hours
-- Slots, and what is stored by slot. KEYS[1] is the hash tag of the shard; below it:
--   :blocks             list: block number -> group. A block is 1,024 consecutive slots of one group; slots are numbered
--                       through the shard. A block changes its group only after no message that may have counted its slots is
--                       kept, and before it has terminals again
--   :blocksof:<group>   list: the numbers of the group's blocks
--   :fresh              hash: group -> lowest slot of its last block that was never used; where that is a multiple of 1,024 the
--                       block is full
--   :free:<group>       list of slots that became free, the earliest first, 8 bytes each: when (seconds), and the slot
--   :ids:<bucket>       hash: terminal id -> slot (4 bytes); the bucket is the upper half of the id's CRC-32, in decimal digits
--   :rows:<chunk>       hash: slot % 64 -> row: when the terminal was registered or changed last (ms, 6 bytes), when it was
--                       registered first and last seen (s, 4 bytes each), the numbers of its names (how many: 1 byte, then 3
--                       bytes each), then a MessagePack list: id, user, language (false when it is the group's), attributes
--                       (false for none). A free slot keeps the id, the user if any, and when it became free
--   :tokens:<chunk>     hash: slot % 64 -> push token; a chunk is 64 slots
--   :secrets:<chunk>    hash: slot % 64 -> digests of the device secrets of the slot's terminal, the newest first, 16 bytes each.
--                       The last one is in use; those before it were issued since, and not used yet
--   :former:<chunk>     hash: slot % 64 -> slots that the terminal had in other groups, the latest first, 4 bytes each
--   :fwd:<chunk>        hash: slot % 64 -> the slot to which the terminal went from here (4 bytes)
--   :moves              list: the last moves of terminals, 8 bytes each: former slot and new slot
--   :moves:total        string: how many moves there ever were
--   :small:<chunk>      hash: slot % 64 -> the terminal's latest small messages, at most 50, the latest last, 8 bytes each:
--                       shard of the home (2), page (4), segment (1), index (1), big-endian. Expires with the last message.
--                       A free slot keeps the last one, which may say why the terminal was forgotten
--   :b:<range>:<name>   string: bits of slots, little-endian; a range is 65,536 slots. `alive`: slots in use; `moved`: slots
--                       whose terminals went to other slots; `shared`: slots of users with two or more terminals,
--                       and the last slot of a user who had more than 64; and terms
-- hours.lua, terms.lua and rows.lua list the others.
local s = KEYS[1]
local CHUNK, BLOCK, RANGE = 64, 1024, 65536
local SLOT, FREED, HEAD, NAME = '<I4', '<I4I4', 14, 3
local SECRET, MAX_SECRETS = 16, 3
local ONE_FIELD, TWO_FIELDS = 145, 146 -- MessagePack: a list of one, of two
local MAX_MOVES, MAX_FORMER, MAX_LOGGED = 64, 64, 10000

-- Key and field of what is stored by slot. As the last arguments of a call both are passed.
local function place(name, slot) return s .. ':' .. name .. ':' .. math.floor(slot / CHUNK), slot % CHUNK end

-- Store a value by slot.
local function store(name, slot, value)
  local key, field = place(name, slot)
  redis.call('HSET', key, field, value)
end

local function packed(form, values)
  local parts = {}
  for i, value in ipairs(values) do parts[i] = struct.pack(form, value) end
  return table.concat(parts)
end

local function unpacked(form, text)
  local values = {}
  for at = 1, #text, struct.size(form) do values[#values + 1] = struct.unpack(form, text, at) end
  return values
end

-- Whether packed values include this one.
local function holds(text, value)
  local at = text:find(value, 1, true)
  while at and (at - 1) % #value ~= 0 do at = text:find(value, at + 1, true) end
  return at ~= nil
end

local function ids(bucket) return s .. ':ids:' .. bucket end

local changed_bits = {} -- by key: offset in the range -> 0 or 1

-- The slot is in the set `name` or not, once `write_bits` is called.
local function set_bit(name, slot, value)
  local key = s .. ':b:' .. math.floor(slot / RANGE) .. ':' .. name
  changed_bits[key] = changed_bits[key] or {}
  changed_bits[key][slot % RANGE] = value
end

-- Write neighbouring bits as one string: a command for each bit is what makes the log long.
local function write_run(key, bits, first, last)
  local bytes = { redis.call('GETRANGE', key, first, last):byte(1, -1) }
  for i = #bytes + 1, last - first + 1 do bytes[i] = 0 end
  for offset, value in pairs(bits) do
    local i, mask = math.floor(offset / 8) - first + 1, 2 ^ (offset % 8)
    bytes[i] = value == 1 and bit.bor(bytes[i], mask) or bit.band(bytes[i], 255 - mask)
  end
  redis.call('SETRANGE', key, first, string.char(unpack(bytes)))
end

local function write_bits()
  for key, bits in pairs(changed_bits) do
    -- Redis doubles the memory of strings that grow, and not that of new ones.
    if redis.call('EXISTS', key) == 0 then redis.call('SETBIT', key, RANGE - 1, 0) end
    local lowest, highest, n = RANGE, 0, 0
    for offset in pairs(bits) do
      lowest, highest, n = math.min(lowest, offset), math.max(highest, offset), n + 1
    end
    local first, last = math.floor(lowest / 8), math.floor(highest / 8)
    if n > 2 and last - first < math.min(4 * n, 2000) then
      write_run(key, bits, first, last)
    else
      -- SETBIT counts from the highest bit of each byte.
      for offset, value in pairs(bits) do redis.call('SETBIT', key, bit.bxor(offset, 7), value) end
    end
  end
end

local function slot_of(id, bucket)
  local found = redis.call('HGET', ids(bucket), id)
  return found and struct.unpack(SLOT, found)
end

local groups = {} -- by block, as they are asked for
local function group_of(slot)
  local block = math.floor(slot / BLOCK)
  groups[block] = groups[block] or redis.call('LINDEX', s .. ':blocks', block)
  return groups[block]
end

local function vendor_of(slot) return group_of(slot):match('^[^/]*') end

local function token_at(slot) return redis.call('HGET', place('tokens', slot)) end

local function row_at(slot) return redis.call('HGET', place('rows', slot)) end

-- The fields of a row: id, user or false, ...
local function fields_of(row) return cmsgpack.unpack(row:sub(HEAD + 2 + NAME * row:byte(HEAD + 1))) end

local function id_at(slot)
  local row = row_at(slot)
  return row and fields_of(row)[1]
end

-- The slot to which the terminal of this slot went, after any number of moves. A pointer that leads to the slot of another
-- terminal is not followed.
local function follow(slot)
  for _ = 1, MAX_MOVES do
    local pointer = redis.call('HGET', place('fwd', slot))
    local following = pointer and struct.unpack(SLOT, pointer)
    if not following or id_at(following) ~= id_at(slot) then break end
    slot = following
  end
  return slot
end

-- The push token of the terminal that has or had this slot, if it is still registered with the same vendor.
local function current_token(slot)
  local token = token_at(slot)
  if token then return token end
  local now_at = follow(slot)
  return now_at ~= slot and vendor_of(now_at) == vendor_of(slot) and token_at(now_at)
end

-- Free a slot at `now` (s). It keeps the terminal's id and user (false for none), and stays unused until no message that may
-- have counted it is kept.
local function free(slot, id, user, now)
  redis.call('HDEL', place('tokens', slot))
  redis.call('HDEL', place('secrets', slot))
  clear_hours(slot)
  set_bit('alive', slot, 0)
  redis.call('RPUSH', s .. ':free:' .. group_of(slot), struct.pack(FREED, now, slot))
  store('rows', slot, struct.pack('<I6', now * 1000) .. string.rep('\0', HEAD - 5) .. cmsgpack.pack({ id, user or nil }))
end

-- When a slot with this row became free (s), nil where a terminal has it.
local function freed_in(row)
  local fields = row:byte(HEAD + 1) == 0 and row:byte(HEAD + 2)
  if fields == ONE_FIELD or fields == TWO_FIELDS then return struct.unpack('<I6', row) / 1000 end
end

-- When a slot became free (s), nil where a terminal has it or it has no row.
local function freed_at(slot)
  local row = row_at(slot)
  return row and freed_in(row)
end

-- A free slot keeps another name and no user, and when it became free.
local function rename(slot, name) store('rows', slot, row_at(slot):sub(1, HEAD + 1) .. cmsgpack.pack({ name })) end

-- Slot and row of the terminal that has or had this slot, nil where it is forgotten.
local function find_terminal(slot)
  local row = row_at(slot)
  if row and freed_in(row) then
    slot = follow(slot)
    row = row_at(slot)
  end
  if row and not freed_in(row) then return slot, row end
end

local REGISTERED, REMOVED = 8, 9 -- kinds of parts of an entry
local changed_terminals = {} -- by head of the part: slots

-- Tell readers that the terminal of a slot was registered or removed.
local function note_terminal(kind, slot)
  if not is_read then return end
  local head = string.char(kind) .. counted_text(group_of(slot))
  changed_terminals[head] = changed_terminals[head] or {}
  table.insert(changed_terminals[head], slot)
end

-- Write what was noted, at the end of the script.
local function write_terminal_events()
  for head, slots in pairs(changed_terminals) do note(head .. struct.pack('>I2', #slots) .. packed('>I4', slots)) end
  write_events()
end
