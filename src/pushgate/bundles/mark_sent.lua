-- uses: writing
-- Count one message as sent that was put aside: see home.lua. Its pending slots are cancelled with a label that says so; one
-- that was not placed is for nobody.
-- ARGV: now (s), code of the label, reason of the label, then of the message: creation time (ms), page, segment, index
-- Returns how many slots were cancelled, -1 where there is no such message.
local now_s = tonumber(ARGV[1])
local message = find_message(tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]))
if not message then return -1 end

if message.kind == WAITS then
  put_cell(message.page, message.segment, message.cells, message.index, NOBODY, 0, 0)
  add_waiting('scheduled', -1)
  leave_queue(message.page, message.segment)
  if is_read then note_status(message.page, message.segment, SENT, { message.index }) end
  write_events()
  return 0
end
local cancelled, changed = 0, {}
for _, place in ipairs(placements(message)) do
  local bundle, slot = loaded(place[1]), place[2]
  if bundle and state_of(bundle, slot) == PENDING then
    set_state(bundle, slot, CANCELLED, now_s)
    local label = (bundle_head(bundle.head)) .. '|cancelled|' .. ARGV[2] .. '|' .. ARGV[3]
    note_try(bundle, slot, attempts_of(bundle, slot), label)
    changed[bundle] = (changed[bundle] or 0) + 1
    cancelled = cancelled + 1
  end
end
for bundle, count in pairs(changed) do
  save_bundle(bundle)
  record_activity({ cancelled = count }, (bundle_head(bundle.head)), now_s)
  if lease_of(bundle.number) == 0 then rest(bundle) end
end
add_waiting('open', -cancelled)
write_bundle_events()
return cancelled
