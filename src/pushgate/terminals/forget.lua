-- uses: records
-- Forget terminals, each under conditions.
-- ARGV: now (ms), MessagePack list of [id, token or false, instant (ms) or false, vendor or false]: with a token, the terminal
--   must have it; with an instant, the terminal must have been registered before it; with a vendor, it must be the terminal's
-- Returns for each terminal the token that it had, '' if it was not forgotten.
local now, answers = ARGV[1], {}
for _, row in ipairs(cmsgpack.unpack(ARGV[2])) do
  local id, token, before, vendor = unpack(row, 1, 4)
  local known, had = record(id), ''
  if known then
    local current = redis.call('HGET', token_of(known[GROUP], known[SLOT])) or ''
    local is_meant = (not vendor or vendor_of(known[GROUP]) == vendor)
      and (not token or token == current) and (not before or known[REGISTERED_AT] < before)
    if is_meant then
      had = current
      free(known[GROUP], known[SLOT], now, id)
      if known[USER] then redis.call('SREM', user_set(known[USER]), id) end
      redis.call('HDEL', records(id), id)
    end
  end
  answers[#answers + 1] = had
end
write_alive()
return answers
