-- uses: writing
-- Put the pending slots of bundles aside until they expire, whoever held the bundles: see home.lua.
-- ARGV: id of the hold, now (ms), numbers of bundles
-- Returns how many slots wait, 0 where the home was put aside for this hold before.
if redis.call('GET', T .. ':restored') == ARGV[1] then return 0 end
local now_s, held = math.floor(tonumber(ARGV[2]) / 1000), 0

local function hold(bundle)
  local last = nil
  for slot = 0, bundle.size - 1 do
    local expiry = expires_at(bundle, slot)
    if state_of(bundle, slot) == PENDING and expiry > now_s then
      set_second(bundle, slot, expiry)
      if not last or expiry > last then last = expiry end
      held = held + 1
    end
  end
  save_bundle(bundle)
  rest(bundle)
  if last then redis.call('ZADD', T .. ':restored-bundles', last * 1000, bundle.number) end
end

for i = 3, #ARGV do
  local bundle = load_bundle(ARGV[i])
  if bundle then hold(bundle) else forget_bundle(ARGV[i]) end
end
return held
