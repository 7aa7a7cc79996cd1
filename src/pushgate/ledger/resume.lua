-- uses: moves
-- Make failures pending again, in portions, once for each `count`.
-- ARGV: keep until (ms), now (ms), count, cursor ('0' at first), size of the portion, how many states, the states of the
--   failures, how many codes, the codes that stay as they are, label without its vendor for vendors without settings, then
--   the vendors that there are settings for. Returns the next cursor ('0' at the end).
local keep_until_ms, now, cursor = ARGV[1], ARGV[2], ARGV[4]
local resuming, resumed = 'resuming ' .. ARGV[3], 'planned ' .. ARGV[3]

local function set(from, n)
  local members = {}
  for i = from, from + n - 1 do members[ARGV[i]] = true end
  return members
end

local states = set(7, tonumber(ARGV[6]))
local at = 7 + tonumber(ARGV[6])
local staying = set(at + 1, tonumber(ARGV[at]))
at = at + 1 + tonumber(ARGV[at])
local not_configured, vendors = ARGV[at], set(at + 1, #ARGV - at)

local marker = redis.call('GET', m .. ':marker') or ''
if marker == resumed then return '0' end
if cursor == '0' then
  redis.call('SET', m .. ':marker', resuming, 'PXAT', keep_until_ms)
  redis.call('UNLINK', m .. ':tried')
elseif marker ~= resuming then
  return '0' -- the message was ended meanwhile
end
local total = 0
local found = redis.call('HSCAN', m .. ':failed', cursor, 'COUNT', ARGV[5])
for i = 1, #found[2], 2 do
  local field = found[2][i]
  local vendor = vendor_of(field)
  for _, part in ipairs(parts_without(':failed', field, NO_SLOTS)) do
    local state, code = label_of(part[1]):match('^[^|]*|([^|]*)|([^|]*)|')
    if states[state] and not staying[code] then
      local moved, n = move(field, part[3], state, 'pending', '')
      if n > 0 then
        not_failed(field, moved)
        if not vendors[vendor] then tried(field, vendor .. not_configured, moved) end
        redis.call('HSET', m .. ':waiting', field, 'submitted ' .. now)
        total = total + n
      end
    end
  end
end
redis.call('HINCRBY', m .. ':counts', '|open', total)
keep_until({ ':pending', ':waiting', ':tried', ':labels' }, keep_until_ms)
if found[1] == '0' then redis.call('SET', m .. ':marker', resumed, 'PXAT', keep_until_ms) end
return found[1]
