-- Remove taken jobs, because they were submitted. Jobs that were added again meanwhile stay as they are.
-- KEYS: the retry set. ARGV: hidden until ms, as given to take_retries; then the jobs.
for i = 2, #ARGV do
  if redis.call('ZSCORE', KEYS[1], ARGV[i]) == ARGV[1] then redis.call('ZREM', KEYS[1], ARGV[i]) end
end
return 1
