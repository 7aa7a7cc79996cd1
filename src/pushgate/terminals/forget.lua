-- uses: rows
-- Forget terminals, each under conditions.
-- ARGV: now (s), then for each terminal: id, bucket, token or '', instant (ms) or '', vendor or '', instant (s) or '': with a
--   token, the terminal must have it; with an instant in ms, the terminal must have been registered before it; with a vendor,
--   it must be the terminal's; with an instant in s, the terminal must have been last seen before it
-- Returns for each terminal the token that it had, '' if it was not forgotten.
local now = ARGV[1]
local MESSAGE = 8 -- bytes of a small message in :small

local function keep_last_message(slot)
  local small = redis.call('HGET', place('small', slot))
  if small then store('small', slot, small:sub(-MESSAGE)) end
end

local function forget(id, bucket, token, before, vendor, seen_before)
  local slot = slot_of(id, bucket)
  if not slot then return '' end
  local current, row = token_at(slot), row_at(slot)
  local is_meant = (vendor == '' or vendor_of(slot) == vendor) and (token == '' or token == current)
    and (before == '' or struct.unpack('<I6', row) < tonumber(before))
    and (seen_before == '' or struct.unpack('<I4', row, 11) < tonumber(seen_before))
  if not is_meant then return '' end
  change_terms(slot, terms_of(row), nil)
  for _, former in ipairs(former_slots(slot, id)) do forget_move(former) end
  redis.call('HDEL', place('former', slot))
  redis.call('HDEL', ids(bucket), id)
  keep_last_message(slot)
  free(slot, id, fields_of(row)[2], now)
  note_terminal(REMOVED, slot)
  return current
end

local answers = {}
for i = 2, #ARGV, 6 do answers[#answers + 1] = forget(unpack(ARGV, i, i + 5)) end
write_terms()
write_terminal_events()
return answers
