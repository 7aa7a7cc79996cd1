-- uses: moves
-- Make failures pending again, in portions, once for each `count`.
-- ARGV: keep until (ms), now (ms), minute, count, cursor ('0' at first), size of the portion, how many states, the states of the
--   failures, how many codes, the codes that stay as they are, label without its vendor for vendors without settings, then
--   the vendors that there are settings for. Returns the next cursor ('0' at the end).
local keep_until_ms, now, minute, cursor = ARGV[1], ARGV[2], ARGV[3], ARGV[5]
local resuming, resumed = 'resuming ' .. ARGV[4], 'planned ' .. ARGV[4]

local function set(from, n)
  local members = {}
  for i = from, from + n - 1 do members[ARGV[i]] = true end
  return members
end

local states = set(8, tonumber(ARGV[7]))
local at = 8 + tonumber(ARGV[7])
local staying = set(at + 1, tonumber(ARGV[at]))
at = at + 1 + tonumber(ARGV[at])
local not_configured, vendors = ARGV[at], set(at + 1, #ARGV - at)

local marker = redis.call('GET', m .. ':marker') or ''
if marker == resumed then return '0' end
if cursor == '0' then
  redis.call('SET', m .. ':marker', resuming, 'PXAT', keep_until_ms)
  redis.call('UNLINK', m .. ':tried', m .. ':unsent')
elseif marker ~= resuming then
  return '0' -- the message was ended meanwhile
end
local total = 0
local found = redis.call('HSCAN', m .. ':failed', cursor, 'COUNT', ARGV[6])
-- Readers that began after the slots had failed know of none that could leave that state.
if is_read and cursor == '0' and (#found[2] > 0 or found[1] ~= '0') then note_sums() end
for i = 1, #found[2], 2 do
  local block = found[2][i]
  local vendor = vendor_of(block)
  for _, part in ipairs(parts_without(':failed', block, NO_SLOTS)) do
    local state, code = label_of(part[1]):match('^[^|]*|([^|]*)|([^|]*)|')
    if states[state] and not staying[code] then
      local moved, n = move(block, part[3], state, 'pending', minute)
      if n > 0 then
        not_failed(block, moved)
        if not vendors[vendor] then redis.call('HSET', m .. ':unsent', vendor, vendor .. not_configured) end
        redis.call('HSET', m .. ':waiting', block, 'submitted ' .. now)
        total = total + n
      end
    end
  end
end
redis.call('HINCRBY', m .. ':counts', '|open', total)
keep_until({ ':waiting', ':unsent' }, keep_until_ms)
if found[1] == '0' then redis.call('SET', m .. ':marker', resumed, 'PXAT', keep_until_ms) end
write_moves()
return found[1]
