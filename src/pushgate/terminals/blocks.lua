-- uses: terms
-- The contents of blocks. placing.lua lists the keys about blocks that are not in slots.lua.
local CHUNKS = BLOCK / CHUNK

local function chunk_keys(name, block)
  local keys = {}
  for i = 1, CHUNKS do keys[i] = s .. ':' .. name .. ':' .. (block * CHUNKS + i - 1) end
  return keys
end

-- The group's next fresh slot where that is inside this block, else nil.
local function next_fresh_in(block)
  local slot = tonumber(redis.call('HGET', s .. ':fresh', group_of(block * BLOCK)) or '0')
  return slot % BLOCK ~= 0 and math.floor(slot / BLOCK) == block and slot or nil
end

-- How many slots of the block were ever given out.
local function given_out(block)
  local next_fresh = next_fresh_in(block)
  return next_fresh and next_fresh - block * BLOCK or BLOCK
end

-- How many slots of the block have a row. One that is given out and has none is reserved for a terminal, or was lost.
local function rows_in(block)
  local total = 0
  for _, key in ipairs(chunk_keys('rows', block)) do total = total + redis.call('HLEN', key) end
  return total
end
