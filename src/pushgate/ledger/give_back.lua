-- uses: labels
-- Give back the places of a cap that slots of one range got and did not use: nothing was accepted, and nothing went without an answer.
-- Once: what is given back is admitted no longer. A slot that stays unanswered, because its worker died, may have been sent.
-- ARGV: category, local day, range. admit.lua has the keys. Returns how many places.
local category, place, range = ARGV[1], ':' .. ARGV[2] .. ':' .. ARGV[3], tonumber(ARGV[3])
local s, admitted = m:match('^{[^}]*}'), m .. ':admitted:' .. ARGV[2] .. ':' .. ARGV[3]
local used, back, over = m .. ':used', m .. ':back', m .. ':over' -- of this call alone
local HIGHEST = 3

local function bits_of(set)
  local blocks = {}
  for i = 1, BLOCKS_PER_RANGE do blocks[i] = bytes_in(set, range * BLOCKS_PER_RANGE + i - 1) or NONE end
  return table.concat(blocks)
end

local function is_unanswered(label) return label:match('^[^|]*|rejected|unanswered|') ~= nil end

local function some_are_unanswered()
  for _, label in ipairs(redis.call('HKEYS', m .. ':failures')) do
    if is_unanswered(label) then return true end
  end
  return false
end

local function unanswered_bits()
  local blocks = {}
  for i = 1, BLOCKS_PER_RANGE do
    local slots = words(nil)
    for _, part in ipairs(parts_without(':failed', range * BLOCKS_PER_RANGE + i - 1, NO_SLOTS)) do
      if is_unanswered(label_of(part[1])) then merge(slots, part[3]) end
    end
    blocks[i] = raw(slots)
  end
  return table.concat(blocks)
end

local until_ms = redis.call('PEXPIRETIME', admitted)
if until_ms < 0 then return 0 end
redis.call('SET', used, bits_of('accepted'))
redis.call('SET', back, bits_of('doubt'))
redis.call('BITOP', 'OR', used, used, back)
if some_are_unanswered() then
  redis.call('SET', back, unanswered_bits())
  redis.call('BITOP', 'OR', used, used, back)
end
redis.call('BITOP', 'AND', used, used, admitted)
redis.call('BITOP', 'XOR', back, admitted, used)
local given = redis.call('BITCOUNT', back)
redis.call('BITOP', 'OR', admitted, used)
redis.call('PEXPIREAT', admitted, until_ms)
for bit = 0, HIGHEST do
  local plane = s .. ':cap:' .. category .. place .. ':' .. bit
  local expires_at = redis.call('PEXPIRETIME', plane)
  if expires_at < 0 then break end -- the day is over, and its counts are gone; a higher bit is not there without a lower one
  -- What is borrowed from the next bit: slots whose bit here is 0.
  redis.call('BITOP', 'AND', over, back, plane)
  redis.call('BITOP', 'XOR', over, over, back)
  redis.call('BITOP', 'XOR', plane, plane, back)
  redis.call('PEXPIREAT', plane, expires_at)
  redis.call('BITOP', 'OR', back, over)
end
redis.call('UNLINK', used, back, over)
return given
