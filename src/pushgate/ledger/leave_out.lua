-- uses: moves
-- Cancel pending slots that are left out of the message. ARGV: keep until (ms), minute, then of each entry: block number, bits
-- (128 bytes), label. Slots that are not pending stay as they are, so a repeat changes nothing.
local keep_until_ms, minute = ARGV[1], ARGV[2]
for at = 3, #ARGV, 3 do
  local block, bits, label = unpack(ARGV, at, at + 2)
  local moved, n = move(block, words(bits), 'pending', 'cancelled', minute)
  if n > 0 then
    close(n)
    came_to('cancelled', block, label, moved, n, minute)
  end
end
keep_until({ ':counts', ':failures', ':labels', ':failed', ':timeline' }, keep_until_ms)
write_moves()
return 1
