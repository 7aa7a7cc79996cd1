-- Replace a value, unless somebody else changed it meanwhile. Its expiry stays.
-- KEYS[1]: a string or hash
-- ARGV: the known value, the new one, the field of the hash or '' for a string
-- Returns 1 when it was replaced, 0 when another value or none is there.
if ARGV[3] == '' then
  if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
  redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
else
  if redis.call('HGET', KEYS[1], ARGV[3]) ~= ARGV[1] then return 0 end
  redis.call('HSET', KEYS[1], ARGV[3], ARGV[2])
end
return 1
