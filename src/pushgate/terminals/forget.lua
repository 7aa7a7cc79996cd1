-- uses: records
-- Forget terminals. ARGV: now ms, MessagePack list of [id, token or false, ms or false, vendor or false]
--   With a token, only if the terminal still has it; with an instant, only if it was last registered before it; with a
--   vendor, only if it is one of this vendor.
-- Returns for each the token it had, '' if it was not forgotten.
local answers = {}
for _, item in ipairs(cmsgpack.unpack(ARGV[2])) do
  local id, token, before, vendor = unpack(item, 1, 4)
  local known, had = record(id), ''
  if known then
    local current = redis.call('HGET', tokens(known[GROUP], known[SLOT])) or ''
    local meant = not vendor or known[GROUP]:match('^[^/]*') == vendor
    if meant and (not token or token == current) and (not before or known[AT] < before) then
      had = current
      free(known[GROUP], known[SLOT], ARGV[1], id)
      if known[USER] then redis.call('SREM', user_set(known[USER]), id) end
      redis.call('HDEL', records(id), id)
    end
  end
  answers[#answers + 1] = had
end
write_alive()
return answers
