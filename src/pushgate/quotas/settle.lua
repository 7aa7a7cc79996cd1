-- uses: quota
-- A run is over: what it used is counted, and the rest of its reservations goes back.
-- ARGV: keep until (ms), claimant, run; then for each part: its name, how many pushes were used. A part whose reservation another run
--   has by now is left alone: that run has counted what was sent before.
-- Returns how many pushes went back.
local back = 0
for i = 4, #ARGV, 2 do
  local pushes, _, run = reservation(ARGV[i])
  if pushes > 0 and run == ARGV[3] then
    local used = math.min(pushes, tonumber(ARGV[i + 1]))
    release(ARGV[2], ARGV[i], pushes)
    add('used', used)
    back = back + pushes - used
  end
end
keep_until(ARGV[1])
return back
