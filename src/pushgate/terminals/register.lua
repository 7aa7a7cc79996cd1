-- uses: placing
-- Register terminals, new or known. A terminal that stays in its group keeps its slot.
-- ARGV: now (ms), slots that became free up to then (s) may be used again,
--   for a change of one terminal the slot (4 bytes) with the row, and the token on which the change is based, else '' and '';
--   'new' and '' where the terminal must not be known yet,
--   the digest of a device secret that the one terminal gets, or '',
--   how many names follow, names,
--   then for each terminal: id, bucket, group, token, last seen (s), registered first (s; '' for what is known, else now),
--   its names (their places in the list above from 1 on, 2 bytes each; 0 in front where they have all of its opt-outs, else it keeps
--   those that it has), MessagePack fields of the row. No id comes twice
-- Returns {'changed'} when that terminal has another slot, row or token by now, or is known; else for each terminal the token that it had
-- before, false when it is new, when it was registered first (s), and the opt-outs that it kept, a name a line.
local now_ms, reusable = tonumber(ARGV[1]), tonumber(ARGV[2])
local now = math.floor(now_ms / 1000)
local version, token_before, secret = ARGV[3], ARGV[4], ARGV[5]
local first = 7 + ARGV[6]

-- The numbers of a terminal's names: those given, the frozen audiences that it is in, and opt-outs that it keeps; and the latter,
-- a name a line.
local function numbers_for(places, row_before)
  local found, kept = {}, {}
  local keeps = places:sub(1, 2) ~= '\0\0'
  for at = keeps and 1 or 3, #places, 2 do found[#found + 1] = number_of(ARGV[6 + struct.unpack('<I2', places, at)]) end
  for _, number in ipairs(row_before and numbers_in(row_before) or {}) do
    local name = name_of(number)
    local kind = name:sub(1, 2)
    if kind == 'x:' and keeps then kept[#kept + 1] = name end
    if kind == 'f:' or kind == 'x:' and keeps then found[#found + 1] = number end
  end
  return found, table.concat(kept, '\n')
end

-- The secret in use stays until a newer one is used; of those that were never used only the latest stays.
local function add_secret(slot)
  local before = redis.call('HGET', place('secrets', slot)) or ''
  if #before >= SECRET * MAX_SECRETS then before = before:sub(1, SECRET) .. before:sub(-SECRET) end
  store('secrets', slot, secret .. before)
end

local function register(id, bucket, group, token, seen, registered, places, fields)
  local known = slot_of(id, bucket)
  local before = known and token_at(known)
  local row_before = known and row_at(known)
  if registered == '' then registered = known and struct.unpack('<I4', row_before, 7) or now end
  local own, kept = numbers_for(places, row_before)
  local row = struct.pack('<I6I4I4', now_ms, registered, seen) .. pack_numbers(own) .. fields
  local terms_before, fields_before
  if known then terms_before, fields_before = terms_of(row_before) end
  local terms, own_fields, of_user = terms_of(row)
  -- Hours in which a person clicked are not those of the next one.
  if fields_before and fields_before[2] and fields_before[2] ~= own_fields[2] then clear_hours(known) end
  note_lengths('a:', own_fields[4])
  note_lengths('p:', of_user)
  local slot = known
  if not known or group_of(known) ~= group then
    slot = take_slot(group, reusable)
    redis.call('HSET', ids(bucket), id, struct.pack(SLOT, slot))
    set_bit('alive', slot, 1)
    if known then
      change_terms(known, terms_before, nil)
      leave(known, row_before, slot, id, now)
    else
      note_terminal(REGISTERED, slot)
    end
    terms_before = nil
  end
  change_terms(slot, terms_before, terms)
  put('tokens', slot, token)
  put('rows', slot, row)
  if secret ~= '' then add_secret(slot) end
  return before or false, tonumber(registered), kept
end

local function is_changed(id, bucket)
  local slot = slot_of(id, bucket)
  if version == 'new' then return slot end
  return not slot or struct.pack(SLOT, slot) .. row_at(slot) ~= version or token_at(slot) ~= token_before
end

if version ~= '' and is_changed(ARGV[first], ARGV[first + 1]) then return { 'changed' } end

-- Numbered before anything is written: when there are too many names, the script fails without a trace.
for i = 7, first - 1 do number_of(ARGV[i]) end

local answers = {}
for i = first, #ARGV, 8 do
  local n = #answers
  answers[n + 1], answers[n + 2], answers[n + 3] = register(unpack(ARGV, i, i + 7))
end
write_slots()
write_lengths()
write_terminal_events()
return answers
