-- uses: account
-- Record outcomes and hold the leases. A slot counts once: only what is still in the state it comes from moves.
-- ARGV: holder, lease ms, keep until ms, minute, how many blocks are held, their fields,
--   then block field, bits, from, to, failure label or '', and how it is meant, by turns:
--   'final'      the terminal's state is settled
--   'reserve'   it counts so while it is being sent at most once; the answer will settle it
--   'release'    it was withheld but never sent
--   'tried'      an attempt did not settle it; it has a label for the case that the time to live ends before another does
--   'held'       it was not its turn, for this reason; it counts where there was no attempt yet
--   'unconfirmed'      as 'tried', and it may have been sent: the terminal may have it, whatever state it comes to
-- An answer that comes after the terminal was cancelled or expired is the truth all the same.
-- Returns the marker, how many terminals of the shard are open, how many of the leases were lost, and for each item
-- the bits that moved.
local holder, lease_ms, until_ms, minute = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local marker = redis.call('GET', m .. ':marker') or ''
local ended = marker == 'cancelled' or marker == 'expired'

local function mine(field) return redis.call('GET', m .. ':lease:' .. field) == holder end

local held, lost = tonumber(ARGV[5]), 0
for i = 6, 5 + held do
  -- A lease that ran out is lost, even if nobody has it now: somebody may have had it in between.
  if mine(ARGV[i]) then redis.call('PEXPIRE', m .. ':lease:' .. ARGV[i], lease_ms) else lost = lost + 1 end
end

local function merge(into, more)
  for i = 1, 32 do into[i] = bit.bor(bit.tobit(into[i]), more[i]) end
end

local answers = {}
for i = 6 + held, #ARGV, 6 do
  local field, bits, from, to, label, meant = unpack(ARGV, i, i + 5)
  local wanted, all, total = words(bits), words(nil), 0
  local function try(origin)
    local moved, n = move(field, wanted, origin, to, minute)
    if moved then merge(all, moved) end
    total = total + n
    return n, moved
  end
  if meant == 'release' and ended then to = marker end
  if meant == 'unconfirmed' then
    local known = words(redis.call('HGET', m .. ':doubt', field))
    merge(known, wanted)
    keep(m .. ':doubt', field, known)
  end
  if (meant == 'unconfirmed' or meant == 'tried') and label ~= '' then tried(field, label, wanted) end
  if meant == 'held' then held_back(field, label, wanted) end
  if meant == 'final' and from == to then
    -- Withheld, sent, never answered: it stays as it is.
    local here = words(redis.call('HGET', m .. ':' .. from, field))
    for j = 1, 32 do all[j] = bit.band(bit.tobit(here[j]), bit.tobit(wanted[j])) end
    close(count(all))
    if label ~= '' then
      for _, part in ipairs(not_failed(field, all)) do failed(field, label, part[3], part[4], part[2]) end
    end
  elseif meant == 'final' then
    local n, moved = try(from)
    if n > 0 and from ~= 'pending' then not_failed(field, moved) end
    close(n)
    if to == 'accepted' and from == 'pending' then
      try('cancelled')
      local late, these = try('expired')
      if late > 0 then not_failed(field, these) end
    elseif from == 'pending' and label ~= '' then
      if n < count(wanted) then answered_late(field, label, wanted) end
    end
    if total > 0 and label ~= '' then failed(field, label, all, total, minute) end
  elseif (meant == 'reserve' or meant == 'release') and mine(field) then
    -- Withheld and restored only under the lease: else another worker's slots would change under its hands.
    local n, moved = try(from)
    if n > 0 and from ~= 'pending' then not_failed(field, moved) end
    if n > 0 and to == 'expired' then
      expired(field, moved, n, minute)
    elseif n > 0 and label ~= '' then
      failed(field, label, moved, n, minute)
    end
    if to ~= 'pending' and meant == 'release' then close(n) end
  end
  answers[#answers + 1] = raw(all)
end
keep_until({ ':pending', ':accepted', ':invalid', ':rejected', ':expired', ':cancelled', ':doubt', ':counts', ':failures',
  ':labels', ':failed', ':tried', ':timeline', ':waiting' }, until_ms)
return { marker, open_total(), lost, unpack(answers) }
