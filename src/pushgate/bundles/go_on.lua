-- uses: writing
-- Have pending slots of a bundle sent now that were put aside: see home.lua.
-- ARGV: now (ms), bundle, numbers of slots. Returns how many slots.
local now, bundle, changed = tonumber(ARGV[1]), load_bundle(ARGV[2]), 0
if not bundle then return 0 end
for i = 3, #ARGV do
  local slot = tonumber(ARGV[i])
  if slot < bundle.size and state_of(bundle, slot) == PENDING and bundle.seconds[slot + 1] >= expires_at(bundle, slot) then
    set_second(bundle, slot, at_once(math.floor(now / 1000)))
    changed = changed + 1
  end
end
if changed > 0 then
  save_bundle(bundle)
  if lease_of(bundle.number) <= now then look_at(bundle.number, now) end
end
return changed
