-- uses: ending
-- Count one message as sent that was put aside: see home.lua. Its pending slots are cancelled with a label that says so; one
-- that was not placed is for nobody.
-- ARGV: now (s), code of the label, reason of the label, then of the message: creation time (ms), page, segment, index
-- Returns how many slots were cancelled, -1 where there is no such message.
local message = find_message(tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]))
if not message then return -1 end

if message.kind == WAITS then
  end_waiting(message, NOBODY, SENT)
  return 0
end
local cancelled = cancel_pending(message, '|cancelled|' .. ARGV[2] .. '|' .. ARGV[3], tonumber(ARGV[1]))
write_bundle_events()
return cancelled
