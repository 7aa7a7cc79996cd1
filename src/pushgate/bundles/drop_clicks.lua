-- Drop the oldest clicks of a home's queue where it has too many entries. Entries with terminals stay: each terminal is chosen once.
-- KEYS[1]: {app:shard}. ARGV: how many entries may stay, how many of the oldest are passed over, how many are looked at.
-- Returns how many were dropped, and how many of those looked at stay.
local key, first = KEYS[1] .. ':clicks', tonumber(ARGV[2])
local excess = redis.call('ZCARD', key) - ARGV[1]
if excess <= 0 then return { 0, 0 } end
local dropped, kept = 0, 0
for _, entry in ipairs(redis.call('ZRANGE', key, first, first + ARGV[3] - 1)) do
  if dropped < excess and entry:sub(1, 1) ~= 'w' then
    dropped = dropped + redis.call('ZREM', key, entry)
  else
    kept = kept + 1
  end
end
return { dropped, kept }
