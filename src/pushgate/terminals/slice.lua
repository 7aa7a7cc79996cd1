-- uses: slots
-- Sets of slots in one range of the shard, read together. ARGV: range, then for each set its term and the bucket of the term;
--   for 'alive', 'moved' and 'shared' the bucket is ''
-- Returns for each set 1 and its bits, or 0 and its offsets in the range, 2 bytes each.
local range = tonumber(ARGV[1])
local first, last = range * RANGE, range * RANGE + RANGE - 1
local answer = {}

local function put(is_bits, text)
  answer[#answer + 1] = is_bits
  answer[#answer + 1] = text
end

local function read_bits(name) put(1, redis.call('GET', s .. ':b:' .. range .. ':' .. name) or '') end

-- Without a list in between: a call reads many terms, and lists would take a quarter longer.
local function in_range(slots)
  local found = {}
  for at = 1, #slots, 4 do
    local slot = struct.unpack(SLOT, slots, at)
    if slot >= first and slot <= last then found[#found + 1] = struct.pack('<I2', slot - first) end
  end
  return table.concat(found)
end

local function read_term(term, bucket)
  local slots = redis.call('HGET', s .. ':terms:' .. bucket, term) or ''
  if slots ~= '*' then return put(0, in_range(slots)) end
  local offsets = redis.call('HGET', s .. ':t:' .. term, range) or ''
  if offsets == '*' then read_bits(term) else put(0, offsets) end
end

for i = 2, #ARGV, 2 do
  if ARGV[i + 1] == '' then read_bits(ARGV[i]) else read_term(ARGV[i], ARGV[i + 1]) end
end
return answer
