-- uses: bits
-- A terminal's record and its slot. KEYS[1] is the hash tag of the shard; below it:
--   :terminals:<bucket>      hash: terminal id -> record; the bucket is the first 16 bits of the id's SHA-1, in hex. A record
--                            is a MessagePack list: group, slot, registered at (ms), user, tags, timezone, former group and
--                            slot (false when it never moved), language (false when it is the group's)
--   :tokens:<group>:<chunk>  hash: slot % 128 -> push token; a chunk is 128 slots
--   :alive:<group>           hash: block -> bits (128 bytes) of the slots in use
--   :next                    hash: group -> lowest slot never used
--   :freed:<group>           sorted set: slot by the instant at which it became free (ms)
--   :former:<group>:<chunk>  hash: slot % 128 -> id of the terminal that had the slot, from when the slot becomes free until
--                            it is used again
--   :user:<user>             set: the ids of the user's terminals
local s = KEYS[1]
local GROUP, SLOT, REGISTERED_AT, USER, TAGS, ZONE, FORMER_GROUP, FORMER_SLOT = 1, 2, 3, 4, 5, 6, 7, 8
local CHUNK, BLOCK = 128, 1024

local function records(id) return s .. ':terminals:' .. redis.sha1hex(id):sub(1, 4) end

local function vendor_of(group) return group:match('^[^/]*') end

-- Key and field of a slot's token. As the last arguments of a call both are passed.
local function token_of(group, slot)
  return s .. ':tokens:' .. group .. ':' .. math.floor(slot / CHUNK), slot % CHUNK
end

-- Key and field of the terminal that had a free slot.
local function previous_holder(group, slot)
  return s .. ':former:' .. group .. ':' .. math.floor(slot / CHUNK), slot % CHUNK
end

local function user_set(user) return s .. ':user:' .. user end

local function record(id)
  local packed = redis.call('HGET', records(id), id)
  return packed and cmsgpack.unpack(packed)
end

local changed = {} -- blocks of slots in use that this script changes, by group and block

-- The block of a slot, the number of the slot's word, and the slot's bit in the word.
local function block_of(group, slot)
  local number = math.floor(slot / BLOCK)
  changed[group] = changed[group] or {}
  local list = changed[group][number]
  if not list then
    list = words(redis.call('HGET', s .. ':alive:' .. group, number))
    changed[group][number] = list
  end
  return list, math.floor(slot % BLOCK / 32) + 1, bit.lshift(1, slot % 32)
end

local function set_alive(group, slot)
  local list, index, mask = block_of(group, slot)
  list[index] = bit.bor(bit.tobit(list[index]), mask)
end

local function clear_alive(group, slot)
  local list, index, mask = block_of(group, slot)
  list[index] = bit.band(bit.tobit(list[index]), bit.bnot(mask))
end

local function write_alive()
  for group, blocks in pairs(changed) do
    for number, list in pairs(blocks) do write_block(s .. ':alive:' .. group, number, list) end
  end
end

-- Free a slot. It stays unused until every message that may have counted it is forgotten.
local function free(group, slot, now, id)
  redis.call('HDEL', token_of(group, slot))
  clear_alive(group, slot)
  redis.call('ZADD', s .. ':freed:' .. group, now, slot)
  local key, field = previous_holder(group, slot)
  redis.call('HSET', key, field, id)
end
