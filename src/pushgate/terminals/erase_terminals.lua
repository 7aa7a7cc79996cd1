-- uses: rows
-- Erase terminals: their slots stay counted, and keep the names that take the places of the ids.
-- ARGV: now (s), then for each terminal: id, bucket, the name that takes its place
-- Returns how many terminals were erased, how many former slots, and how many slots had a history of small messages.
local now = ARGV[1]
local erased, formers, histories = 0, 0, 0

local function drop_history(slot) histories = histories + redis.call('HDEL', place('small', slot)) end

local function erase(id, bucket, name)
  local slot = slot_of(id, bucket)
  if not slot then return end
  change_terms(slot, terms_of(row_at(slot)), nil)
  for _, former in ipairs(former_slots(slot, id)) do
    forget_move(former)
    drop_history(former)
    rename(former, name)
    formers = formers + 1
  end
  redis.call('HDEL', place('former', slot))
  redis.call('HDEL', ids(bucket), id)
  drop_history(slot)
  free(slot, name, false, now)
  note_terminal(REMOVED, slot)
  erased = erased + 1
end

for i = 2, #ARGV, 3 do erase(unpack(ARGV, i, i + 2)) end
write_terms()
write_terminal_events()
return { erased, formers, histories }
