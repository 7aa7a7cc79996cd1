-- uses: writing
-- Have pending slots of a vendor's bundles sent now, which would be sent later. Bundles that a worker has stay, slots that are
-- put aside (home.lua), and those that are held until quiet hours end.
-- ARGV: now (ms), vendor, then numbers of bundles. Returns how many slots.
local now, wanted, hastened = tonumber(ARGV[1]), ARGV[2], 0
local now_s = math.floor(now / 1000)

local function hasten(bundle)
  local before = hastened
  for slot = 0, bundle.size - 1 do
    local second = bundle.seconds[slot + 1]
    local is_later = second > now_s and second < expires_at(bundle, slot)
    if is_later and state_of(bundle, slot) == PENDING and not is_deferred(bundle, slot) then
      set_second(bundle, slot, at_once(now_s))
      hastened = hastened + 1
    end
  end
  if hastened > before then
    save_bundle(bundle)
    look_at(bundle.number, now)
  end
end

for i = 3, #ARGV do
  local bundle = lease_of(ARGV[i]) <= now and load_bundle(ARGV[i])
  if bundle and bundle_head(bundle.head) == wanted then hasten(bundle) end
end
return hastened
