-- uses: sums
-- Write the sums of messages into the stream of events, for readers that missed some.
-- ARGV: of each message: creation time (ms), page, segment, index. Returns 1. A message that became a large one has its sums in
-- the ledger.
if not is_read then return 1 end
for at = 1, #ARGV, 4 do
  local created, page, segment, index = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  local message = find_message(created, page, segment, index)
  if not message or (message.kind ~= LARGE and message.kind ~= BECOMES_LARGE) then
    note(pack_sums(created, page, segment, index, message))
  end
end
write_events()
return 1
