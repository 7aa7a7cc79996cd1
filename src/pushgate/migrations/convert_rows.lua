-- uses: pushgate.terminals:rows
-- Carry the rows of one chunk of slots from version 2 to version 3, with the terms that follow from them.
-- KEYS[1]: the hash tag of the shard; beside what slots.lua lists it writes
--   :migration      hash: 'chunks' -> how many chunks are carried over
-- ARGV: chunk, how many names follow, names, then for each slot of the chunk that has a row: slot, its names (their places in the
--   list above from 1 on, 2 bytes each), MessagePack fields of the row as version 3 has them, user or '', 1 for a free slot
-- Does nothing unless all earlier chunks are carried over, and this one is not. Returns how many chunks are carried over.
-- A row of version 2: when the terminal was registered or changed last (ms, 6 bytes), then MessagePack.
local chunk, state = tonumber(ARGV[1]), s .. ':migration'
local done = tonumber(redis.call('HGET', state, 'chunks') or '0')
if done ~= chunk then return done end
local first = 3 + tonumber(ARGV[2])

-- Registered first and last seen: version 2 knew no more than when the row was written.
local function carry(slot, places, fields)
  local changed_ms, numbers = struct.unpack('<I6', row_at(slot)), {}
  local seconds = math.floor(changed_ms / 1000)
  for at = 1, #places, 2 do numbers[#numbers + 1] = number_of(ARGV[2 + struct.unpack('<I2', places, at)]) end
  local row = struct.pack('<I6I4I4', changed_ms, seconds, seconds) .. pack_numbers(numbers) .. fields
  store('rows', slot, row)
  change_terms(slot, nil, terms_of(row))
  set_bit('alive', slot, 1)
end

for i = first, #ARGV, 5 do
  local slot, places, fields, user, is_free = tonumber(ARGV[i]), ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4]
  if is_free == '1' then
    store('rows', slot, string.rep('\0', HEAD + 1) .. fields) -- date_free_slots.lua says since when
    set_bit('alive', slot, 0)
  else
    carry(slot, places, fields)
  end
  if user ~= '' then redis.call('DEL', s .. ':user:' .. user) end
end
write_terms()
redis.call('HSET', state, 'chunks', chunk + 1)
return chunk + 1
