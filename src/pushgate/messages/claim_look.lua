-- Claim the look at a message with steps: nobody else looks until the claim ends.
-- KEYS[1]: {q}. ARGV: id of the message, now (ms), end of the claim (ms). Returns 1 where it was due and is claimed, else 0.
local key = KEYS[1] .. ':escalations'
local score = redis.call('ZSCORE', key, ARGV[1])
if not score or tonumber(score) > tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', key, ARGV[3], ARGV[1])
return 1
