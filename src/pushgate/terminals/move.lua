-- uses: placing
-- Move terminals to other slots of their groups.
-- ARGV: now (ms), slots that became free up to then (s) may be used again, then for each terminal: slot, id, bucket
-- Returns how many were moved: all but those that left their slots meanwhile.
local now_ms, reusable = tonumber(ARGV[1]), tonumber(ARGV[2])
local moved = 0

local function move(slot, id, bucket)
  if slot_of(id, bucket) ~= slot then return end
  local row, token = row_at(slot), token_at(slot)
  local terms, following = terms_of(row), take_slot(group_of(slot), reusable)
  redis.call('HSET', ids(bucket), id, struct.pack(SLOT, following))
  set_bit('alive', following, 1)
  change_terms(slot, terms, nil)
  leave(slot, row, following, id, math.floor(now_ms / 1000))
  change_terms(following, nil, terms)
  put('tokens', following, token)
  put('rows', following, row)
  moved = moved + 1
end

for i = 3, #ARGV, 3 do move(tonumber(ARGV[i]), ARGV[i + 1], ARGV[i + 2]) end
write_slots()
return moved
