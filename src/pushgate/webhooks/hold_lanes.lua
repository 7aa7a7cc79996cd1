-- Take free lanes of a webhook, and hold on to those that the caller has. One lane makes one request at a time.
-- KEYS[1]: {q}
--   {q}:webhook:<app>:<id>  hash, the state of a webhook:
--     lease:<lane>  "<ms until when it is held> <holder>"
--     at:<shard>    the place in the shard's stream up to which everything is delivered
--     try:<shard>   the delivery that was begun and is not acknowledged, as JSON
-- ARGV: app, id, holder, ms of a lease, how many lanes the caller may have, how many there are
-- Returns the numbers of the lanes that the caller holds now.
local app, id, holder, wanted = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[5])
if redis.call('HEXISTS', KEYS[1] .. ':webhooks:' .. app, id) == 0 then return {} end
local state = KEYS[1] .. ':webhook:' .. app .. ':' .. id
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local lease = string.format('%d %s', now + ARGV[4], holder)
local own, free = {}, {}
for lane = 0, ARGV[6] - 1 do
  local until_ms, who = string.match(redis.call('HGET', state, 'lease:' .. lane) or '', '^(%d+) (.+)$')
  if who == holder then
    own[#own + 1] = lane
  elseif not who or tonumber(until_ms) < now then
    free[#free + 1] = lane
  end
end
local held = {}
for _, lanes in ipairs({ own, free }) do
  for _, lane in ipairs(lanes) do
    if #held < wanted then
      redis.call('HSET', state, 'lease:' .. lane, lease)
      held[#held + 1] = lane
    elseif lanes == own then
      redis.call('HDEL', state, 'lease:' .. lane)
    end
  end
end
return held
