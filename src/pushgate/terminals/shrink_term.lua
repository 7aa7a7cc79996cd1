-- uses: terms
-- Store a term that lost most of its slots in less space. ARGV: term, max ranges to pack in this call
-- Ranges without a slot go; those with few become packed offsets; a term with few slots in all becomes packed slots.
-- Returns 1 if a range is left for the next call, else 0.
local term, left = ARGV[1], tonumber(ARGV[2])
-- Less than what makes a term or a range grow, so that a few slots more or less change no form.
local FEW_SLOTS, FEW_OFFSETS = MAX_SLOTS * 3 / 4, MAX_OFFSETS * 3 / 4
local key, bucket = s .. ':t:' .. term, term_bucket(term)
if redis.call('HGET', bucket, term) ~= '*' then return 0 end

local kept, total = {}, 0
local flat = redis.call('HGETALL', key)
for i = 1, #flat, 2 do
  local range, offsets = flat[i], flat[i + 1]
  local bits = s .. ':b:' .. range .. ':' .. term
  local size = offsets == '*' and redis.call('BITCOUNT', bits) or #offsets / 2
  if offsets == '*' and size <= FEW_OFFSETS then
    if left == 0 then return 1 end
    left = left - 1
    offsets = packed(OFFSET, offsets_in(redis.call('GET', bits) or ''))
    redis.call('DEL', bits)
    if size > 0 then redis.call('HSET', key, range, offsets) else redis.call('HDEL', key, range) end
  end
  total = total + size
  if size > 0 then kept[range] = offsets end
end
if total > FEW_SLOTS then return 0 end
local slots = {}
for range, offsets in pairs(kept) do
  for _, offset in ipairs(unpacked(OFFSET, offsets)) do slots[#slots + 1] = range * RANGE + offset end
end
redis.call('DEL', key)
if total == 1 and term:sub(1, 2) == 'u:' then set_bits('shared', { slots[1] }, 0) end
if total > 0 then redis.call('HSET', bucket, term, packed(SLOT, slots)) else redis.call('HDEL', bucket, term) end
write_bits()
return 0
