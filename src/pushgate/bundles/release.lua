-- uses: writing
-- Decide about deferred slots of a bundle whose quiet hours have ended. A slot that is not deferred any more stays as it is, so a
-- repeat changes nothing.
-- ARGV: bundle, SHA-1 of the bundle's head and sends as they were read, now (ms), then of each outcome: 'send', 'hold' or 'cancel';
--   label or ''; the second until which slots are held; slots (2 bytes each)
-- Returns how many slots of the bundle are to be sent now.
local bundle, now = load_bundle(ARGV[1]), tonumber(ARGV[3])
local now_s = math.floor(now / 1000)
if not bundle or redis.sha1hex(bundle.head) ~= ARGV[2] then return 0 end
local moves, closed, due = tally(), 0, 0

local decide = {
  send = function(slot, label)
    set_second(bundle, slot, at_once(now_s))
    note_try(bundle, slot, attempts_of(bundle, slot), label)
  end,
  hold = function(slot, _, until_s) set_second(bundle, slot, until_s) end,
  cancel = function(slot, label)
    set_state(bundle, slot, CANCELLED, now_s)
    note_try(bundle, slot, attempts_of(bundle, slot), label)
    count_move(moves, CANCELLED)
    closed = closed + 1
  end,
}

for at = 4, #ARGV, 4 do
  local outcome, label, until_s, slots = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2]), ARGV[at + 3]
  for position = 1, #slots, 2 do
    local slot = struct.unpack('>I2', slots, position)
    if slot < bundle.size and state_of(bundle, slot) == PENDING and is_deferred(bundle, slot) then
      decide[outcome](slot, label, until_s)
    end
  end
end
for slot = 0, bundle.size - 1 do
  local is_due = state_of(bundle, slot) == PENDING and bundle.seconds[slot + 1] <= now_s
  if is_due and not is_deferred(bundle, slot) then due = due + 1 end
end
save_bundle(bundle)
record_activity(moves, (bundle_head(bundle.head)), now_s)
add_waiting('open', -closed)
if due == 0 and lease_of(bundle.number) <= now then rest(bundle) end
write_bundle_events()
return due
