-- Note which slots of a range are still to get a name, unless the whole is over. Where none is left the range is done.
-- KEYS[1] and KEYS[2] are {app:shard}:freezing:<key> and {app:shard}:freezing:<key>:left, hashes: range -> the bits of these slots,
-- and range -> how many they are. ARGV: range, bits, how many they are
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return 0 end
if ARGV[3] == '0' then
  redis.call('HDEL', KEYS[1], ARGV[1])
  redis.call('HDEL', KEYS[2], ARGV[1])
else
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
  redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
end
return 1
