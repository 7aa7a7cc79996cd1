-- uses: writing
-- Record outcomes, and renew the lease or give it up.
-- ARGV: bundle, holder, lease (ms), '' gives it up, now (ms), grace (ms), SHA-1 of the bundle's head and sends as they were
--   taken, or ''; then of each outcome: verb, label or '', due (s), slots (2 bytes each). Verbs:
--   'accepted', 'invalid', 'rejected'  the vendor's answer, which is true whoever has the lease
--   'tried'        the vendor refused the push for now: the slot is pending again, to be sent at `due`
--   'unconfirmed'  sent and not answered: as 'tried', and the terminal may have the push. A reserved slot is rejected
--   'postponed'    not sent, for this reason: pending again, to be sent at `due`
--   'reserve'      the slot counts as sent and unanswered until its answer comes
--   'release'      reserved and not sent: pending again
--   A reserved slot of a message that was cancelled meanwhile is cancelled where it would be pending again.
--   'expired'      the time to live is over
--   'forgotten'    the terminal is gone: cancelled
-- Returns 1 where the lease was held, how many slots are open, and for each outcome the slots that it changed, 2 bytes each.
local number, holder, lease_ms, now = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local now_s = math.floor(now / 1000)
local bundle = load_bundle(number)
-- Where Redis lost its latest writes, the number of a bundle may be given twice: outcomes of the lost one are not for this one.
if not bundle or (ARGV[6] ~= '' and redis.sha1hex(bundle.head) ~= ARGV[6]) then
  local none = { 0, 0 }
  for _ = 7, #ARGV, 4 do none[#none + 1] = '' end
  return none
end
local vendor, _, segments_at, _, _, sends_at = bundle_head(bundle.head)
local held_until, held_by = lease_of(number)
local held = held_by == holder and held_until > now
local moves, opened, late_slots = tally(), 0, {}

-- The vendor's answer settles the state. An acceptance that comes after the slot ended is recorded all the same.
local function settle(slot, to, label)
  local from = state_of(bundle, slot)
  local may_have_it = from == REJECTED and has_flag(bundle, slot, DOUBT)
  local late = from == EXPIRED or from == CANCELLED or may_have_it
  if from == to and not may_have_it then return false end
  if from == PENDING or from == RESERVED then
    opened = opened - 1
  elseif not late or to ~= ACCEPTED then
    return false
  else
    count_departure(moves, from)
    late_slots[#late_slots + 1] = slot
  end
  set_state(bundle, slot, to, now_s)
  local attempts = attempts_of(bundle, slot)
  note_try(bundle, slot, attempts > 0 and attempts + 1 or 0, label)
  if to == ACCEPTED then clear_flag(bundle, slot, DOUBT) end
  count_move(moves, to)
  return true
end

-- Whether the message of a slot was cancelled after it was placed.
local function was_stopped(slot)
  local i, index = struct.unpack('>I2B', bundle.head, sends_at + SEND * slot)
  local page, segment = struct.unpack('>I4B', bundle.head, segments_at + 5 * i)
  local cells = redis.call('HGET', page_key(page), segment)
  return cells and cell_at(cells, index) >= STOPPED
end

local function cancel(slot, label)
  set_state(bundle, slot, CANCELLED, now_s)
  note_try(bundle, slot, attempts_of(bundle, slot), label)
  count_move(moves, CANCELLED)
  opened = opened - 1
  return true
end

-- Cancelling a message passes its reserved slots over, for their answers may come.
local function pause(slot, label, due_s, attempts)
  if state_of(bundle, slot) == RESERVED and was_stopped(slot) then return cancel(slot, '') end
  set_state(bundle, slot, PENDING, due_s)
  note_try(bundle, slot, attempts, label)
  return true
end

-- An attempt that settled nothing. The same one once more, because the first answer to this call was lost, changes nothing:
-- nobody sends a slot before it is due.
local function try_again(slot, label, due_s, state)
  local attempts = attempts_of(bundle, slot)
  local is_repeated = state == PENDING and attempts > 0 and due_s > now_s and bundle.seconds[slot + 1] == due_s
  return not is_repeated and pause(slot, label, due_s, attempts + 1)
end

local apply = {
  accepted = function(slot) return settle(slot, ACCEPTED, '') end,
  invalid = function(slot, label) return settle(slot, INVALID, label) end,
  rejected = function(slot, label) return settle(slot, REJECTED, label) end,
  tried = function(slot, label, due_s, state)
    if state ~= PENDING and state ~= RESERVED then return false end
    return try_again(slot, label, due_s, state)
  end,
  unconfirmed = function(slot, label, due_s, state)
    if state == RESERVED then
      give_up_reserved(bundle, slot, vendor, now_s)
      if label ~= '' then note_try(bundle, slot, attempts_of(bundle, slot), as_rejected(label)) end
      count_move(moves, REJECTED)
      opened = opened - 1
      return true
    end
    if state ~= PENDING then return false end
    set_flag(bundle, slot, DOUBT)
    return try_again(slot, label, due_s, state)
  end,
  postponed = function(slot, label, due_s, state)
    if state ~= PENDING and state ~= RESERVED then return false end
    local attempts = attempts_of(bundle, slot)
    -- The result of an attempt says more than the reason of a pause, and an earlier reason more than none.
    local known = (attempts > 0 or label == '') and label_of(bundle, slot)
    return pause(slot, known or label, due_s, attempts)
  end,
  reserve = function(slot, _, _, state)
    if state ~= PENDING then return false end
    set_state(bundle, slot, RESERVED, now_s)
    return true
  end,
  release = function(slot, _, _, state)
    return state == RESERVED and pause(slot, label_of(bundle, slot) or '', at_once(now_s), attempts_of(bundle, slot))
  end,
  expired = function(slot, _, _, state)
    if state ~= PENDING then return false end
    expire(bundle, slot, vendor, now_s)
    count_move(moves, EXPIRED)
    opened = opened - 1
    return true
  end,
  forgotten = function(slot, label, _, state)
    if state ~= PENDING then return false end
    return cancel(slot, label)
  end,
}
-- Only the holder of the lease knows that nobody else sends these slots.
local ALWAYS = { accepted = true, invalid = true, rejected = true }

local answers = { held and 1 or 0, 0 }
for at = 7, #ARGV, 4 do
  local verb, label, due_s, slots = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2]), ARGV[at + 3]
  local done = {}
  if held or ALWAYS[verb] then
    for position = 1, #slots, 2 do
      local slot = struct.unpack('>I2', slots, position)
      if slot < bundle.size and apply[verb](slot, label, due_s, state_of(bundle, slot)) then
        done[#done + 1] = slots:sub(position, position + 1)
      end
    end
  end
  answers[#answers + 1] = table.concat(done)
end
-- Readers that began after these slots had ended know of none that could leave that state.
if is_read and #late_slots > 0 then note_sums_of(bundle, late_slots) end
save_bundle(bundle)
record_activity(moves, vendor, now_s)
add_waiting('open', opened)
local open, soonest
if held and lease_ms ~= '' then
  open = open_slots(bundle)
  redis.call('HSET', T .. ':lease', number, now + lease_ms .. ' ' .. holder)
  look_at(number, now + lease_ms + ARGV[5])
elseif held or not held_by or held_until <= now then
  open, soonest = rest(bundle)
else
  open = open_slots(bundle)
  if open == 0 then rest(bundle) end
end
write_bundle_events()
answers[2] = open
return answers
