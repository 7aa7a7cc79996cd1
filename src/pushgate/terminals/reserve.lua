-- uses: placing
-- Reserve slots that were never used for terminals that are about to be imported, and number their names.
-- ARGV: how many names follow, names, then for each group: its name, how many slots
-- Returns the numbers of the names; then for each group a list of runs of slots, each in one block: first slot, how many.
-- What an import reserves and does not write, because it is cut off, are lost slots: given out, the bit `alive` 0, without a row
-- and without an entry in :free. find_lost_slots.lua finds them.
local count = tonumber(ARGV[1])

local function reserve(group, wanted)
  local found = {}
  while wanted > 0 do
    local slot = fresh(group)
    local size = math.min(wanted, BLOCK - slot % BLOCK)
    next_slots[group] = slot + size
    found[#found + 1] = slot
    found[#found + 1] = size
    wanted = wanted - size
  end
  return found
end

local found, runs = {}, {}
for i = 2, count + 1 do
  found[#found + 1] = number_of(ARGV[i])
  redis.call('HDEL', s .. ':unused', ARGV[i]) -- or the name would go before its terminals are written
end
for i = count + 2, #ARGV, 2 do runs[#runs + 1] = reserve(ARGV[i], tonumber(ARGV[i + 1])) end
write_slots()
return { found, runs }
