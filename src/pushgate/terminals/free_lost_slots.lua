-- uses: rows
-- Free slots that were given out to nobody. ARGV: now (s), slots. A slot that has a row by now is left alone.
-- Returns how many were freed.
local freed = 0
for i = 2, #ARGV do
  local slot = tonumber(ARGV[i])
  if not row_at(slot) then
    free(slot, '', false, ARGV[1])
    freed = freed + 1
  end
end
write_bits()
return freed
