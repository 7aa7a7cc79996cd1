-- uses: writing
-- Cancel one message.
-- ARGV: now (s), then of the message: creation time (ms), page, segment, index
-- Returns kind of the message's cell before, with its flag (-1 where there is no such message), how many of its slots were
--   cancelled, and how many were open before.
local now_s = tonumber(ARGV[1])
local message = find_message(tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]))
if not message then return { -1, 0, 0 } end
local kind = message.kind

if kind == WAITS then
  put_cell(message.page, message.segment, message.cells, message.index, CANCELLED_EARLY, 0, 0)
  add_waiting('scheduled', -1)
  leave_queue(message.page, message.segment)
  if is_read then note_status(message.page, message.segment, ENDED, { message.index }) end
  write_events()
  return { kind, 0, 0 }
end
local cancelled, open_before, changed = 0, 0, {}
for _, place in ipairs(placements(message)) do
  local bundle, slot = loaded(place[1]), place[2]
  local state = bundle and state_of(bundle, slot)
  if state == PENDING or state == RESERVED then open_before = open_before + 1 end
  if state == PENDING then
    set_state(bundle, slot, CANCELLED, now_s)
    note_try(bundle, slot, attempts_of(bundle, slot), '')
    changed[bundle] = (changed[bundle] or 0) + 1
    cancelled = cancelled + 1
  end
end
for bundle, count in pairs(changed) do
  save_bundle(bundle)
  record_activity({ cancelled = count }, (bundle_head(bundle.head)), now_s)
  if lease_of(bundle.number) == 0 and not is_open(bundle) then look_at(bundle.number, nil) end
end
add_waiting('open', -cancelled)
if open_before > 0 and kind < STOPPED then
  put_cell(message.page, message.segment, message.cells, message.index, kind + STOPPED, message.bundle, message.slot)
  if is_read then note_status(message.page, message.segment, ENDED, { message.index }) end
end
write_bundle_events()
return { kind, cancelled, open_before }
