-- uses: account
-- Record outcomes and hold the leases. A slot counts once: only what is still in the state it comes from moves.
-- ARGV: holder, lease ms, keep until ms, minute, how many blocks are held, their fields,
--   then block field, bits, from, to, failure label or '', label it had in `from` or '' by turns
-- An answer that comes after the terminal was cancelled or expired is the truth all the same.
-- Returns the marker, how many terminals of the shard are pending, how many of the leases were lost, and for each item
-- how many moved.
local holder, lease_ms, until_ms, minute = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local LATE = { 'cancelled', 'expired' }
local moved_counts = {}
local held = tonumber(ARGV[5])
for i = 6 + held, #ARGV, 6 do
  local field, bits, from, to, label, former_label = unpack(ARGV, i, i + 5)
  local wanted = words(bits)
  local _, n = move(field, wanted, from, to, minute)
  if n > 0 and former_label ~= '' then tally_failure(former_label, -n) end
  if to == 'accepted' and from == 'pending' then
    for _, late in ipairs(LATE) do
      local _, more = move(field, wanted, late, to, minute)
      n = n + more
    end
  end
  if n > 0 and label ~= '' then tally_failure(label, n) end
  moved_counts[#moved_counts + 1] = n
end
local lost = 0
for i = 6, 5 + held do
  local lease = m .. ':lease:' .. ARGV[i]
  local owner = redis.call('GET', lease)
  if not owner then
    redis.call('SET', lease, holder, 'PX', lease_ms)
  elseif owner == holder then
    redis.call('PEXPIRE', lease, lease_ms)
  else
    lost = lost + 1
  end
end
keep_until({ ':pending', ':accepted', ':invalid', ':rejected', ':expired', ':cancelled', ':counts', ':failures',
  ':timeline', ':waiting' }, until_ms)
return { redis.call('GET', m .. ':marker') or '', pending_total(), lost, unpack(moved_counts) }
