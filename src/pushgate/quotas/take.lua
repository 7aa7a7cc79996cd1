-- uses: quota
-- Reserve pushes for parts of a claimant's work, such as blocks of a message.
-- ARGV: keep until (ms), now (ms), limit, rank of the priority, claimant, until when what is refused is wanted (ms), run; then for each
--   part: its name, how many pushes it has
-- Higher priorities come first: what they want is not given to lower ones. A part that has a reservation already was being sent by a
-- run that is lost: what that run sent and recorded counts as used, and the rest is the part's own again. Where the part has grown
-- since, nobody knows how much was sent, so all of it counts as used.
-- Returns how many pushes each part may send.
local until_ms, now, limit, rank, claimant, want_until, run = unpack(ARGV, 1, 7)
drop_lapsed(now)
for i = 8, #ARGV, 2 do
  local pushes, asked = reservation(ARGV[i])
  if pushes > 0 then
    release(claimant, ARGV[i], pushes)
    local sent = asked - tonumber(ARGV[i + 1])
    add('used', sent >= 0 and math.min(pushes, sent) or pushes)
  end
end
local left = 0
if redis.call('HEXISTS', q, 'full') == 0 then left = limit - number_of('used') - number_of('reserved') end
for higher = 0, rank - 1 do left = left - number_of('w:' .. higher) end
local granted, missing, given = {}, 0, 0
for i = 8, #ARGV, 2 do
  local asked = tonumber(ARGV[i + 1])
  local pushes = math.max(0, math.min(asked, left))
  if pushes > 0 then redis.call('HSET', q, 'r:' .. ARGV[i], pushes .. ' ' .. asked .. ' ' .. run) end
  left, given, missing = left - pushes, given + pushes, missing + asked - pushes
  granted[#granted + 1] = pushes
end
add('reserved', given)
add('of:' .. claimant, given)
-- What is reserved is wanted no more, and what was refused is.
local wanted = number_of('m:' .. rank .. ':' .. claimant)
local wants_still = math.max(wanted - given, missing)
if wanted > 0 or wants_still > 0 then set_want(rank, claimant, wants_still, want_until) end
keep_until(until_ms)
return granted
