-- Taken jobs were submitted. KEYS: the retry set. ARGV: put off until ms, jobs. Those put again since stay.
for i = 2, #ARGV do
  if redis.call('ZSCORE', KEYS[1], ARGV[i]) == ARGV[1] then redis.call('ZREM', KEYS[1], ARGV[i]) end
end
return 1
