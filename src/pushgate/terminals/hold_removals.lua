-- List terminals whose push tokens a vendor called dead, and that stay because there are too many.
-- KEYS[1]: {q}:held:<app>:<vendor>, a hash: terminal id -> what is kept of the token, which begins with its digest
--          <KEYS[1]>:order, a sorted set of the ids, all scores 0: in the order of the ids
-- KEYS[2]: {q}:held, a hash: <app>|<vendor> -> how many found no room
-- ARGV: <app>|<vendor>, how many there is room for, bytes of a digest, then for each terminal its id and what is kept
-- Returns how many are new, listed or not. A terminal that is listed with the same token stays as it is.
local held, room, size, new = KEYS[1], tonumber(ARGV[2]), tonumber(ARGV[3]), 0
local listed = redis.call('HLEN', held)
redis.call('HSETNX', KEYS[2], ARGV[1], 0)
for i = 4, #ARGV, 2 do
  local id, kept = ARGV[i], ARGV[i + 1]
  local before = redis.call('HGET', held, id)
  if not before and listed >= room then
    redis.call('HINCRBY', KEYS[2], ARGV[1], 1)
    new = new + 1
  elseif not before or before:sub(1, size) ~= kept:sub(1, size) then
    redis.call('HSET', held, id, kept)
    redis.call('ZADD', held .. ':order', 0, id)
    if not before then listed, new = listed + 1, new + 1 end
  end
end
return new
