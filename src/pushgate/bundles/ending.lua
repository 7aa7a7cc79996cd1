-- uses: writing
-- Messages that end before all of their pushes were sent.

-- Nothing of a message that waits is sent: its cell is of this kind from now on, and readers are told this status.
local function end_waiting(message, kind, status)
  put_cell(message.page, message.segment, message.cells, message.index, kind, 0, 0)
  add_waiting('scheduled', -1)
  leave_queue(message.page, message.segment)
  if is_read then note_status(message.page, message.segment, status, { message.index }) end
  write_events()
end

-- Cancel the pending slots of a planned message, with this label (without its vendor; '' for none). Returns how many these were,
-- and how many slots were open before.
local function cancel_pending(message, label, now_s)
  local cancelled, open_before, changed = 0, 0, {}
  for _, place in ipairs(placements(message)) do
    local bundle, slot = loaded(place[1]), place[2]
    local state = bundle and state_of(bundle, slot)
    if is_open_state(state) then open_before = open_before + 1 end
    if state == PENDING then
      set_state(bundle, slot, CANCELLED, now_s)
      note_try(bundle, slot, attempts_of(bundle, slot), label ~= '' and bundle_head(bundle.head) .. label or '')
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
  return cancelled, open_before
end
