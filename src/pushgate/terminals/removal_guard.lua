-- Add the responses of a batch to the window of an app and vendor, and drop the batches that have left it.
-- KEYS[1]: {q}:removal:<app>:<vendor>, a list of '<responses> <dead>', one for each batch, oldest first
--          {q}:removal:<app>:<vendor>:sum, a hash of the sums 'answered' (the responses; an older name) and 'dead' over this list
-- ARGV: responses, dead, responses that the window holds
-- Returns the sums: responses, dead.
local batches, sums = KEYS[1], KEYS[1] .. ':sum'
local responses, dead, window = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])

redis.call('RPUSH', batches, responses .. ' ' .. dead)
local all_responses = redis.call('HINCRBY', sums, 'answered', responses)
local all_dead = redis.call('HINCRBY', sums, 'dead', dead)
while redis.call('LLEN', batches) > 1 do
  local old_responses, old_dead = redis.call('LINDEX', batches, 0):match('^(%d+) (%d+)$')
  if all_responses - tonumber(old_responses) < window then break end
  redis.call('LPOP', batches)
  all_responses = redis.call('HINCRBY', sums, 'answered', -tonumber(old_responses))
  all_dead = redis.call('HINCRBY', sums, 'dead', -tonumber(old_dead))
end
redis.call('PEXPIRE', batches, 86400000)
redis.call('PEXPIRE', sums, 86400000)
return { all_responses, all_dead }
