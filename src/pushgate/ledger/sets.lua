-- uses: bits
-- Sets of slots of one message in one shard (shard.lua lists them), in one of two forms for each range of 65,536 slots. The
-- plan decides the form of a range, once. KEYS[1]: {app:shard}:m:<message id>
--   :<set>:<range>  string: bits of the range's slots, little-endian, without zeros at its end; for ranges in which the message
--                   is for many slots
--   :<set>          hash: block number -> bits of its slots (128 bytes), or their offsets (2 bytes each) where they are fewer
--                   than 64; for all other ranges
--   :ranges         hash: range with many slots -> how many of them are pending
local m = KEYS[1]
local BLOCKS_PER_RANGE, BYTES, MIN_BITS = 64, 128, 64

local forms = {} -- by range, as they are asked for
-- The block's range where it has many slots, else false.
local function range_of(block)
  local range = math.floor(block / BLOCKS_PER_RANGE)
  if forms[range] == nil then forms[range] = redis.call('HEXISTS', m .. ':ranges', range) == 1 end
  return forms[range] and range
end

-- The block's slots as stored, false for none.
local function stored(set, block)
  local range = range_of(block)
  if not range then return redis.call('HGET', m .. ':' .. set, block) end
  local at = block % BLOCKS_PER_RANGE * BYTES
  local text = redis.call('GETRANGE', m .. ':' .. set .. ':' .. range, at, at + BYTES - 1)
  if #text < BYTES then text = text .. NONE:sub(#text + 1) end
  return text ~= NONE and text
end

-- The words of the block's slots, nil for none.
local function slots_in(set, block)
  local text = stored(set, block)
  if not text then return nil end
  return #text < BYTES and spread(text) or words(text)
end

-- The 128 bytes of the block's slots, nil for none.
local function bytes_in(set, block)
  local text = stored(set, block)
  if not text then return nil end
  return #text < BYTES and raw(spread(text)) or text
end

-- Whether the slot at this offset of the block is in the set.
local function is_in_set(set, block, offset)
  local range = range_of(block)
  if range then
    -- GETBIT counts from the highest bit of each byte.
    local at = block % BLOCKS_PER_RANGE * 8 * BYTES + offset
    return redis.call('GETBIT', m .. ':' .. set .. ':' .. range, bit.bxor(at, 7)) == 1
  end
  local text = redis.call('HGET', m .. ':' .. set, block) or ''
  if #text == BYTES then
    return bit.band(text:byte(math.floor(offset / 8) + 1), bit.lshift(1, offset % 8)) ~= 0
  end
  for at = 1, #text, 2 do
    local low, high = text:byte(at, at + 1)
    if low + 256 * high == offset then return true end
  end
  return false
end

local written = {} -- keys that have been written

local function write_slots(set, block, list)
  local range, key = range_of(block), m .. ':' .. set
  if range then
    key = key .. ':' .. range
    redis.call('SETRANGE', key, block % BLOCKS_PER_RANGE * BYTES, raw(list))
  else
    local n = count(list)
    if n == 0 then
      redis.call('HDEL', key, block)
    else
      redis.call('HSET', key, block, n < MIN_BITS and offsets(list) or raw(list))
    end
  end
  written[key] = true
end

-- Add slots of the block to a set.
local function add_slots(set, block, more)
  local list = slots_in(set, block) or words(nil)
  merge(list, more)
  write_slots(set, block, list)
end

-- These many more slots of the block are pending. Bits of a range without any are removed.
local function count_pending(block, change)
  redis.call('HINCRBY', m .. ':counts', '|pending', change)
  local range = range_of(block)
  if range and redis.call('HINCRBY', m .. ':ranges', range, change) == 0 then
    redis.call('UNLINK', m .. ':pending:' .. range)
  end
end

local function following_range(range)
  local lowest
  for _, other in ipairs(redis.call('HKEYS', m .. ':ranges')) do
    other = tonumber(other)
    if other > range and (not lowest or other < lowest) then lowest = other end
  end
  return lowest and 'r' .. lowest or '0'
end

-- Blocks that have slots in the set: about `size` of them, or those of one range. `cursor` is '0' at first.
-- Returns the next cursor ('0' at the end), and the blocks.
local function scan(set, cursor, size)
  local range, blocks = cursor:match('^r(%d+)$'), {}
  if range then
    local text = redis.call('GET', m .. ':' .. set .. ':' .. range) or ''
    for at = 0, #text - 1, BYTES do
      if text:find('[^%z]', at + 1) then
        local part = text:sub(at + 1, at + BYTES)
        if part:find('[^%z]') then blocks[#blocks + 1] = range * BLOCKS_PER_RANGE + at / BYTES end
      end
    end
    return following_range(tonumber(range)), blocks
  end
  local found = redis.call('HSCAN', m .. ':' .. set, cursor, 'COUNT', size)
  for i = 1, #found[2], 2 do blocks[#blocks + 1] = tonumber(found[2][i]) end
  return found[1] == '0' and following_range(-1) or found[1], blocks
end

local function keep_until(names, at)
  for key in pairs(written) do redis.call('PEXPIREAT', key, at) end
  for _, name in ipairs(names) do redis.call('PEXPIREAT', m .. name, at) end
end
