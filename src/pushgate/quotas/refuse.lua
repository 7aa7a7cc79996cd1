-- uses: quota
-- The vendor said that the quota is used up: nothing more is sent that day.
-- ARGV: keep until (ms), now (ms). Returns how many pushes were used or are being sent.
redis.call('HSET', q, 'full', ARGV[2])
keep_until(ARGV[1])
return number_of('used') + number_of('reserved')
