-- Remove the record of an idempotency key, unless it is another one by now.
-- KEYS[1]: the record. ARGV: the record as it was written. Returns 1 where it was removed.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
