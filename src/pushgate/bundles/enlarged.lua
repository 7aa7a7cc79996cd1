-- uses: home
-- A message that became a large one is stored as such now, or was lost before.
-- ARGV: creation time (ms), page, segment, index of the message, the kind that its cell gets
local message = find_message(tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]))
if message and message.kind == BECOMES_LARGE then
  put_cell(message.page, message.segment, message.cells, message.index, tonumber(ARGV[5]), 0, 0)
  leave_queue(message.page, message.segment)
  if tonumber(ARGV[5]) == NOBODY and is_read then note_status(message.page, message.segment, SENT, { message.index }) end
end
write_events()
return 1
