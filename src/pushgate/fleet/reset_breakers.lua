-- Close the circuit breakers of an app at a vendor. worker/rate_limiter.lua describes the keys. The rate and its tokens stay.
-- KEYS: the hash of all that the app sends to the vendor, the set of its parts, then the hashes of parts
redis.call('HDEL', KEYS[1], 'until', 'failures', 'pause', 'probe', 'throttled', 'seen',
  'since', 'kind', 'code', 'reason', 'scope', 'name')
for i = 3, #KEYS do
  redis.call('DEL', KEYS[i])
  redis.call('ZREM', KEYS[2], KEYS[i])
end
return #KEYS - 2
