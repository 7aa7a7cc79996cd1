-- Replace the record of an idempotency key; it expires as before. KEYS[1]: the key. ARGV: the record that it was, the one that
-- it gets. Returns 1, or 0 where it is another one by now.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
return 1
