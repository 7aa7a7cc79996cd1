-- uses: membership
-- Remove slots from a term that is cut by ranges, where rows do not have the term. ARGV: term, range, block of the range (from
-- 0 on). Where the range has no bits, all its slots are looked at. Returns how many slots were removed.
local term, range = ARGV[1], tonumber(ARGV[2])
local first = range * RANGE + ARGV[3] * BLOCK
local removed = 0

local function check(slot)
  if not belongs(slot, term) then
    remove_term(term, slot)
    removed = removed + 1
  end
end

local offsets = redis.call('HGET', s .. ':t:' .. term, range) or ''
if offsets == '*' then
  local from = ARGV[3] * BLOCK / 8
  local bytes = redis.call('GETRANGE', s .. ':b:' .. range .. ':' .. term, from, from + BLOCK / 8 - 1)
  for _, offset in ipairs(offsets_in(bytes)) do check(first + offset) end
else
  for _, offset in ipairs(unpacked(OFFSET, offsets)) do check(range * RANGE + offset) end
end
write_terms()
return removed
