-- What became of taken jobs. KEYS: the retry set. ARGV: put off until ms, due again ms or '' where they were submitted, jobs
-- Those put again since stay as they are.
for i = 3, #ARGV do
  if redis.call('ZSCORE', KEYS[1], ARGV[i]) == ARGV[1] then
    if ARGV[2] == '' then redis.call('ZREM', KEYS[1], ARGV[i]) else redis.call('ZADD', KEYS[1], ARGV[2], ARGV[i]) end
  end
end
return 1
