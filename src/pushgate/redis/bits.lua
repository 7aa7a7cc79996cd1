-- The bits of one block: 128 little-endian bytes as 32 words, so that a block costs 32 operations and not one a slot.
local WORDS = '<' .. string.rep('I4', 32)
local NONE = string.rep('\0', 128)

-- The words of a block's bytes; all zero for nil or false.
local function words(bytes)
  return { struct.unpack(WORDS, bytes or NONE) }
end

-- The bytes of a block's words.
local function raw(list)
  for i = 1, 32 do
    if list[i] < 0 then list[i] = list[i] + 4294967296 end
  end
  return struct.pack(WORDS, unpack(list, 1, 32))
end

local function ones(word)
  word = bit.tobit(word)
  word = word - bit.band(bit.rshift(word, 1), 0x55555555)
  word = bit.band(word, 0x33333333) + bit.band(bit.rshift(word, 2), 0x33333333)
  word = bit.band(word + bit.rshift(word, 4), 0x0F0F0F0F)
  return bit.rshift(bit.tobit(bit.tobit(word + bit.lshift(word, 8)) + bit.lshift(bit.tobit(word + bit.lshift(word, 8)), 16)), 24)
end

-- How many slots are set.
local function count(list)
  local total = 0
  for i = 1, 32 do
    if list[i] ~= 0 then total = total + ones(list[i]) end
  end
  return total
end

-- Write one block of a hash of blocks. A block without a set slot is removed.
local function write_block(key, field, list)
  if count(list) == 0 then
    redis.call('HDEL', key, field)
  else
    redis.call('HSET', key, field, raw(list))
  end
end
