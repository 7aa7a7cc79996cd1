-- Make taken jobs due again, because they could not be submitted. Jobs that were added again
-- meanwhile stay as they are.
-- KEYS: the retry set. ARGV: hidden until ms, as given to take_retries; due at ms; then the jobs.
for i = 3, #ARGV do
  if redis.call('ZSCORE', KEYS[1], ARGV[i]) == ARGV[1] then
    redis.call('ZADD', KEYS[1], ARGV[2], ARGV[i])
  end
end
return 1
