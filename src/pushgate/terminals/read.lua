-- uses: slots
-- Read one terminal. ARGV: id, bucket. Returns its slot (4 bytes) with its row, its push token and its group; or false.
local slot = slot_of(ARGV[1], ARGV[2])
if not slot then return false end
return { struct.pack(SLOT, slot) .. row_at(slot), token_at(slot), group_of(slot) }
