-- uses: rows
-- Read one terminal. ARGV: id, bucket. Returns its slot (4 bytes) with its row, its push token, its group, and the names of the
-- row; or false.
local slot = slot_of(ARGV[1], ARGV[2])
if not slot then return false end
local row = row_at(slot)
local answer = { struct.pack(SLOT, slot) .. row, token_at(slot), group_of(slot) }
for _, number in ipairs(numbers_in(row)) do answer[#answer + 1] = name_of(number) end
return answer
