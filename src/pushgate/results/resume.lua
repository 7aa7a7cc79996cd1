-- uses: account
-- Failures are to be sent again: they become pending. Once for each `count`; asked again, tells what is left of it.
-- ARGV: keep until ms, now ms, count, how many states, the states, how many codes, the codes that stay as they are,
--   then the vendors that can send. Returns the block fields with something pending.
local until_ms, now, marker = ARGV[1], ARGV[2], 'planned ' .. ARGV[3]
local function set(from, n)
  local found = {}
  for i = from, from + n - 1 do found[ARGV[i]] = true end
  return found
end
local states = set(5, tonumber(ARGV[4]))
local at = 5 + tonumber(ARGV[4])
local staying = set(at + 1, tonumber(ARGV[at]))
at = at + 1 + tonumber(ARGV[at])
local vendors = set(at, #ARGV - at + 1)

if redis.call('GET', m .. ':marker') ~= marker then
  redis.call('SET', m .. ':marker', marker, 'PXAT', until_ms)
  redis.call('DEL', m .. ':tried')
  local total = 0
  for _, field in ipairs(redis.call('HKEYS', m .. ':failed')) do
    for _, part in ipairs(vendors[vendor_of(field)] and parts_without(':failed', field, NO_SLOTS) or {}) do
      local label = label_of(part[1])
      local state, code = label:match('^[^|]*|([^|]*)|([^|]*)|')
      if states[state] and not staying[code] then
        local moved, n = move(field, part[3], state, 'pending', '')
        if n > 0 then
          not_failed(field, moved)
          redis.call('HSET', m .. ':waiting', field, 'submitted ' .. now)
          total = total + n
        end
      end
    end
  end
  redis.call('HINCRBY', m .. ':counts', '|open', total)
  keep_until({ ':pending', ':waiting' }, until_ms)
end
return redis.call('HKEYS', m .. ':pending')
