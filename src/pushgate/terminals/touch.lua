-- uses: rows
-- Note signs of life: a terminal that was last seen on an earlier day is last seen now. One that clicked did so in this hour.
-- ARGV: now (s), 1 for clicks else 0, then slots that terminals have or had
local now = tonumber(ARGV[1])
local today = math.floor(now / DAY)

local function touch(slot, row)
  if not slot then return end
  if ARGV[2] == '1' then note_hour(slot, now) end
  local day = math.floor(struct.unpack('<I4', row, 11) / DAY)
  if day >= today then return end
  store('rows', slot, row:sub(1, 10) .. struct.pack('<I4', now) .. row:sub(15))
  remove_term('d:' .. day, slot)
  add_term('d:' .. today, slot)
end

for i = 3, #ARGV do touch(find_terminal(tonumber(ARGV[i]))) end
write_terms()
