-- Slots, and what is stored by slot. KEYS[1] is the hash tag of the shard; below it:
--   :blocks             list: block number -> group. A block is 1,024 consecutive slots of one group; slots are numbered
--                       through the shard. Only grows
--   :blocksof:<group>   list: the numbers of the group's blocks
--   :fresh              hash: group -> lowest slot of its last block that was never used; where that is a multiple of 1,024 the
--                       block is full
--   :free:<group>       list of slots that became free, the earliest first, 8 bytes each: when (seconds), and the slot
--   :ids:<bucket>       hash: terminal id -> slot (4 bytes); the bucket is the upper half of the id's CRC-32, in decimal digits
--   :rows:<chunk>       hash: slot % 64 -> row: when the terminal was registered (ms, 6 bytes), then a MessagePack list: id, user,
--                       timezone (false for none), tags, language (false when it is the group's). A free slot keeps the id
--   :tokens:<chunk>     hash: slot % 64 -> push token; a chunk is 64 slots
--   :former:<chunk>     hash: slot % 64 -> slots that the terminal had in other groups, the latest first, 4 bytes each
--   :fwd:<chunk>        hash: slot % 64 -> the slot to which the terminal went from here (4 bytes)
--   :t:alive:<range>    string: bits of the slots in use, little-endian; a range is 65,536 slots
--   :user:<user>        set: the slots of the user's terminals
local s = KEYS[1]
local CHUNK, BLOCK, RANGE = 64, 1024, 65536
local SLOT, FREED, HEAD = '<I4', '<I4I4', 6
local MAX_MOVES = 64

-- Key and field of what is stored by slot. As the last arguments of a call both are passed.
local function place(name, slot) return s .. ':' .. name .. ':' .. math.floor(slot / CHUNK), slot % CHUNK end

local function ids(bucket) return s .. ':ids:' .. bucket end

local function user_set(user) return s .. ':user:' .. user end

local function slot_of(id, bucket)
  local packed = redis.call('HGET', ids(bucket), id)
  return packed and struct.unpack(SLOT, packed)
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
local function fields_of(row) return cmsgpack.unpack(row:sub(HEAD + 1)) end

local function id_at(slot)
  local row = row_at(slot)
  return row and fields_of(row)[1]
end

-- The slot to which the terminal of this slot went, after any number of moves. A pointer that leads to the slot of another
-- terminal is not followed.
local function follow(slot)
  for _ = 1, MAX_MOVES do
    local packed = redis.call('HGET', place('fwd', slot))
    local following = packed and struct.unpack(SLOT, packed)
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

local function set_alive(slot, value)
  -- SETBIT counts from the highest bit of each byte.
  redis.call('SETBIT', s .. ':t:alive:' .. math.floor(slot / RANGE), bit.bxor(slot % RANGE, 7), value)
end

-- Free a slot. It keeps the terminal's id, and stays unused until every message that may have counted it is forgotten.
local function free(slot, id, now)
  redis.call('HDEL', place('tokens', slot))
  set_alive(slot, 0)
  redis.call('RPUSH', s .. ':free:' .. group_of(slot), struct.pack(FREED, now, slot))
  local key, field = place('rows', slot)
  redis.call('HSET', key, field, string.rep('\0', HEAD) .. cmsgpack.pack({ id }))
end
