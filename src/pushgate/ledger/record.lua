-- uses: moves
-- Record moves of slots and renew the worker's leases. A slot counts once: only slots that are still in the state `from` move.
-- ARGV: holder, lease (ms), keep until (ms), minute, how many blocks are held, their numbers,
--   then for each move: block number, bits, from, to, label of the failure or '', kind. Kinds:
--   'final'        the state is settled. Where `from` is `to`, a reserved slot was sent and never answered: it stays
--   'reserve'      the slot counts as in `to` while it is sent at most once; the answer settles its state
--   'release'      the slot was reserved and not sent
--   'tried'        an attempt settled nothing; its label is the reason if the slot expires before another attempt
--   'unconfirmed'  as 'tried', and the push was sent: the terminal may have it, whatever its state becomes
--   'postponed'    there was no attempt for this reason, which counts for slots without any attempt
-- An acceptance that comes after the slot was cancelled or expired is recorded all the same, because it is true.
-- While the message is paused, nothing is reserved.
-- Returns the marker, or 'paused' where the message is paused and not ended, how many terminals of the shard are open, how many
-- leases were lost, and for each move the bits moved.
local holder, lease_ms, keep_until_ms, minute = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local marker = redis.call('GET', m .. ':marker') or ''
local ended = marker == 'cancelled' or marker == 'expired'
local paused = not ended and is_paused()

local function is_held(block) return redis.call('GET', m .. ':lease:' .. block) == holder end

local function renew_leases(first, last)
  local lost = 0
  for i = first, last do
    -- A lease that ran out is lost, even if nobody holds it now: somebody may have held it in between.
    if is_held(ARGV[i]) then redis.call('PEXPIRE', m .. ':lease:' .. ARGV[i], lease_ms) else lost = lost + 1 end
  end
  return lost
end

-- A reserved slot was sent and not answered: it stays in its state. Returns the slots.
local function confirm(block, slots, state, label)
  local all, n = both(slots_in(state, block) or NO_SLOTS, slots)
  close(n)
  if label ~= '' then
    for _, part in ipairs(not_failed(block, all)) do failed(block, label, part[3], part[4], part[2]) end
  end
  return all
end

-- A state is settled. Returns the slots that came to it.
local function settle(block, slots, from, to, label)
  local all, total = words(nil), 0
  local function try(origin)
    local moved, n = move(block, slots, origin, to, minute)
    if moved then merge(all, moved) end
    total = total + n
    return n, moved
  end
  local n, moved = try(from)
  if n > 0 and from ~= 'pending' then not_failed(block, moved) end
  close(n)
  if to == 'accepted' and from == 'pending' then
    -- Readers that began after the slots had ended know of none that could leave that state.
    if is_read and n < count(slots) then note_sums() end
    try('cancelled')
    local late, late_slots = try('expired')
    if late > 0 then not_failed(block, late_slots) end
  elseif from == 'pending' and label ~= '' then
    if n < count(slots) then answered_late(block, label, slots) end
  end
  if total > 0 and label ~= '' then failed(block, label, all, total, minute) end
  return all
end

-- Reserve slots, or release them. Only under the lease: else another worker's slots would change while it sends them.
local function reserve_or_release(block, slots, from, to, label, kind)
  local all = words(nil)
  if not is_held(block) or (paused and kind == 'reserve') then return all end
  local moved, n = move(block, slots, from, to, minute)
  if n > 0 then
    merge(all, moved)
    if from ~= 'pending' then not_failed(block, moved) end
    came_to(to, block, label, moved, n, minute)
  end
  if to ~= 'pending' and kind == 'release' then close(n) end
  return all
end

local function apply(block, slots, from, to, label, kind)
  if kind == 'release' and ended then to = marker end
  if kind == 'unconfirmed' then add_slots('doubt', block, slots) end
  if (kind == 'unconfirmed' or kind == 'tried') and label ~= '' then tried(block, label, slots) end
  if kind == 'postponed' then postponed(block, label, slots) end
  if kind == 'final' and from == to then return confirm(block, slots, from, label) end
  if kind == 'final' then return settle(block, slots, from, to, label) end
  if kind == 'reserve' or kind == 'release' then return reserve_or_release(block, slots, from, to, label, kind) end
  return words(nil)
end

local held = tonumber(ARGV[5])
local lost = renew_leases(6, 5 + held)
local answers = {}
for i = 6 + held, #ARGV, 6 do
  local block, bits, from, to, label, kind = unpack(ARGV, i, i + 5)
  answers[#answers + 1] = raw(apply(block, words(bits), from, to, label, kind))
end
keep_until({ ':counts', ':failures', ':labels', ':failed', ':tried', ':timeline', ':waiting' }, keep_until_ms)
write_moves()
return { paused and 'paused' or marker, open_total(), lost, unpack(answers) }
