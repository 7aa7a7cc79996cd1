-- Add the responses of a batch to the windows of an app and vendor, and drop the batches that have left them.
-- KEYS[1]: {q}:removal:<app>:<vendor>, a list of '<responses> <dead>', one for each batch, oldest first
--          {q}:removal:<app>:<vendor>:sum, a hash of the sums 'answered' (the responses; an older name) and 'dead' over this list
--          the same with ':anonymous' after the vendor: the window in which the dead tokens of anonymous terminals count. It
--          begins with the first of them, with the responses of the other window that called no token dead
-- ARGV: responses without dead tokens of anonymous terminals, dead ones among them,
--   responses without dead tokens of other terminals, dead ones among them, responses that a window holds
-- Returns the sums: responses, dead, and of the window of anonymous terminals responses, dead.
local window = tonumber(ARGV[5])

local function add(batches, responses, dead)
  local sums = batches .. ':sum'
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
  return all_responses, all_dead
end

local others, anonymous = KEYS[1], KEYS[1] .. ':anonymous'
local is_counted = redis.call('EXISTS', anonymous) == 1
if not is_counted and tonumber(ARGV[4]) > 0 then
  local before = redis.call('HMGET', others .. ':sum', 'answered', 'dead')
  add(anonymous, tonumber(before[1] or 0) - tonumber(before[2] or 0), 0)
  is_counted = true
end
local responses, dead = add(others, tonumber(ARGV[1]), tonumber(ARGV[2]))
if not is_counted then return { responses, dead, 0, 0 } end
return { responses, dead, add(anonymous, tonumber(ARGV[3]), tonumber(ARGV[4])) }
