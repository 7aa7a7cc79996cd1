-- uses: blocks
-- Give blocks back to the shard, for any group.
-- ARGV: slots that became free up to then (s) may be used again, then block numbers
-- A block stays with its group while a slot of it has a terminal, became free later, or is given out and has no row.
-- Returns the blocks that went back.
local reusable = tonumber(ARGV[1])
local BYTES, BLOCKS_PER_RANGE = BLOCK / 8, RANGE / BLOCK

local function bits_of_block(name, block)
  local from = block % BLOCKS_PER_RANGE * BYTES
  return s .. ':b:' .. math.floor(block / BLOCKS_PER_RANGE) .. ':' .. name, from, from + BYTES - 1
end

local function is_empty(block) return not redis.call('GETRANGE', bits_of_block('alive', block)):find('[^%z]') end

local function may_return(block)
  if not is_empty(block) or rows_in(block) ~= given_out(block) then return false end
  for _, key in ipairs(chunk_keys('rows', block)) do
    for _, row in ipairs(redis.call('HVALS', key)) do
      local freed = freed_in(row)
      if not freed or freed > reusable then return false end
    end
  end
  return true
end

-- Bits that end before the block stay as they are.
local function clear_bits(name, block)
  local key, from = bits_of_block(name, block)
  local length = math.min(redis.call('STRLEN', key) - from, BYTES)
  if length > 0 then redis.call('SETRANGE', key, from, string.rep('\0', length)) end
end

local function return_block(block)
  local group = group_of(block * BLOCK)
  for name in ('rows tokens former fwd small'):gmatch('%a+') do redis.call('UNLINK', unpack(chunk_keys(name, block))) end
  clear_bits('moved', block)
  clear_bits('shared', block)
  clear_bits('h', block)
  for _, name in ipairs(hours()) do clear_bits('h:' .. name, block) end
  if next_fresh_in(block) then redis.call('HDEL', s .. ':fresh', group) end
  redis.call('LREM', s .. ':blocksof:' .. group, 1, block)
  redis.call('SREM', s .. ':draining', block)
  redis.call('RPUSH', s .. ':spare', block)
end

local answer = {}
for i = 2, #ARGV do
  local block = tonumber(ARGV[i])
  if may_return(block) then
    return_block(block)
    answer[#answer + 1] = block
  end
end
return answer
