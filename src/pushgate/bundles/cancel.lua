-- uses: ending
-- Cancel one message.
-- ARGV: now (s), then of the message: creation time (ms), page, segment, index
-- Returns kind of the message's cell before, with its flag (-1 where there is no such message), how many of its slots were
--   cancelled, and how many were open before.
local message = find_message(tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]))
if not message then return { -1, 0, 0 } end
local kind = message.kind

if kind == WAITS then
  end_waiting(message, CANCELLED_EARLY, ENDED)
  return { kind, 0, 0 }
end
local cancelled, open_before = cancel_pending(message, '', tonumber(ARGV[1]))
if open_before > 0 and kind < STOPPED then
  put_cell(message.page, message.segment, message.cells, message.index, kind + STOPPED, message.bundle, message.slot)
  if is_read then note_status(message.page, message.segment, ENDED, { message.index }) end
end
write_bundle_events()
return { kind, cancelled, open_before }
