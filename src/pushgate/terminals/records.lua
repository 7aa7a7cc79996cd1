-- uses: bits
-- A terminal's record and the slot it holds. KEYS[1] is the hash tag of the shard.
--   :terminals:<bucket>   (bucket: the first 16 bits of its SHA-1) terminal id -> record (MessagePack): group, slot, registered at ms, user, tags, timezone,
--                         former group and slot (false when it never moved), language (false when it is the group's)
--   :tokens:<group>:<chunk>  slot % 128 -> push token, 128 slots a chunk
--   :alive:<group>        block -> bits of the slots in use
--   :next                 group -> lowest slot never used
--   :freed:<group>        slot by the instant it became free
--   :former:<group>:<chunk>  slot % 128 -> id of the terminal that had it, from when it becomes free until it is used again
--   :user:<user>          set of the ids of the user's terminals
local s = KEYS[1]
local GROUP, SLOT, AT, USER, TAGS, ZONE, FORMER_GROUP, FORMER_SLOT = 1, 2, 3, 4, 5, 6, 7, 8

local function records(id) return s .. ':terminals:' .. redis.sha1hex(id):sub(1, 4) end
-- Key and field; as the last arguments of a call they are both passed.
local function tokens(group, slot)
  return s .. ':tokens:' .. group .. ':' .. math.floor(slot / 128), slot % 128
end
local function formers(group, slot)
  return s .. ':former:' .. group .. ':' .. math.floor(slot / 128), slot % 128
end
local function user_set(user) return s .. ':user:' .. user end

local function record(id)
  local packed = redis.call('HGET', records(id), id)
  return packed and cmsgpack.unpack(packed)
end

local changed = {} -- blocks of alive bits this script touches, by group and block
local function block_of(group, slot)
  local number = math.floor(slot / 1024)
  changed[group] = changed[group] or {}
  local list = changed[group][number]
  if not list then
    list = words(redis.call('HGET', s .. ':alive:' .. group, number))
    changed[group][number] = list
  end
  return list, math.floor(slot % 1024 / 32) + 1, bit.lshift(1, slot % 32)
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

-- The slot stays unused until every message that may have counted it is forgotten.
local function free(group, slot, now, id)
  redis.call('HDEL', tokens(group, slot))
  clear_alive(group, slot)
  redis.call('ZADD', s .. ':freed:' .. group, now, slot)
  local key, field = formers(group, slot)
  redis.call('HSET', key, field, id)
end
