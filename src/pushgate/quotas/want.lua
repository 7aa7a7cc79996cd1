-- uses: quota
-- A message wants pushes: those that are pending and not reserved. None takes the want back.
-- ARGV: keep until (ms), now (ms), rank of the priority, claimant, pending pushes, until when the want counts (ms)
-- Returns how many it wants.
local until_ms, now, rank, claimant, pending, want_until = unpack(ARGV)
drop_lapsed(now)
local pushes = math.max(0, pending - number_of('of:' .. claimant))
set_want(rank, claimant, pushes, want_until)
keep_until(until_ms)
return pushes
