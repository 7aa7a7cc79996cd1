-- Add the requests that a process served to what all processes served, of API keys with a rate limit.
-- KEYS[1]: {q}; writes {q}:key-rate:<key id>, string: when the key's requests so far are worked off (microseconds)
-- ARGV: for each key: id, how long its new requests take to be worked off (microseconds)
-- Returns for each key how long it takes from now until all requests are worked off (microseconds).
local time = redis.call('TIME')
local now, answers = tonumber(time[1]) * 1000000 + tonumber(time[2]), {}
for n = 1, #ARGV, 2 do
  local key = KEYS[1] .. ':key-rate:' .. ARGV[n]
  local at = math.max(now, tonumber(redis.call('GET', key) or 0)) + tonumber(ARGV[n + 1])
  if at > now then
    redis.call('SET', key, string.format('%.0f', at), 'PX', math.ceil((at - now) / 1000) + 1)
  end
  answers[#answers + 1] = at - now
end
return answers
