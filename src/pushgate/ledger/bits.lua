-- uses: activity
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

-- The slots that are in both, and how many they are.
local function both(left, right)
  local common = {}
  for i = 1, 32 do common[i] = bit.band(bit.tobit(left[i]), bit.tobit(right[i])) end
  return common, count(common)
end

local function without(left, right)
  local rest = {}
  for i = 1, 32 do rest[i] = bit.band(bit.tobit(left[i]), bit.bnot(bit.tobit(right[i]))) end
  return rest
end

-- Add slots to a block.
local function merge(into, more)
  for i = 1, 32 do into[i] = bit.bor(bit.tobit(into[i]), bit.tobit(more[i])) end
end

-- The slots of offsets of 2 bytes each.
local function spread(text)
  local list = words(nil)
  for at = 1, #text, 2 do
    local low, high = text:byte(at, at + 1)
    local offset = low + 256 * high
    local i = math.floor(offset / 32) + 1
    list[i] = bit.bor(bit.tobit(list[i]), bit.lshift(1, offset % 32))
  end
  return list
end

-- The offsets of the slots, 2 bytes each.
local function offsets(list)
  local found = {}
  for i = 1, 32 do
    local word = bit.tobit(list[i])
    for low = 0, word ~= 0 and 31 or -1 do
      if bit.band(word, bit.lshift(1, low)) ~= 0 then
        local offset = 32 * (i - 1) + low
        found[#found + 1] = string.char(offset % 256, math.floor(offset / 256))
      end
    end
  end
  return table.concat(found)
end
