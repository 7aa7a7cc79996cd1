-- uses: rows
-- Read one terminal with its device secrets. ARGV: id, bucket. Returns the digests of the secrets ('' for none), then what
-- read.lua returns; or false.
local slot = slot_of(ARGV[1], ARGV[2])
if not slot then return false end
local row, digests = row_at(slot), redis.call('HGET', place('secrets', slot)) or ''
local answer = { digests, struct.pack(SLOT, slot) .. row, token_at(slot), group_of(slot) }
for _, number in ipairs(numbers_in(row)) do answer[#answer + 1] = name_of(number) end
return answer
