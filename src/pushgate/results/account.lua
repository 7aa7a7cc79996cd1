-- uses: bits
-- What one shard knows of one message. KEYS[1]: {app:shard}:m:<message id>
--   :targeted, :pending, :accepted, :invalid, :rejected, :expired, :cancelled, :delivered, :clicked
--                 block field -> bits; a block field is '<group> <block>'
--   :counts       '<group>|<state>' -> terminals; always the number of bits. '|open' -> terminals whose state may
--                 still change by itself: pending, or withheld by a worker that is just sending them at most once
--   :failures     '<vendor>|<state>|<code>|<meaning>' -> terminals
--   :timeline     '<minute>|<state>' -> terminals
--   :marker       'planned', or the state it was ended in; absent before it is planned
--   :waiting      block field -> 'submitted <ms>' | 'retry <ms>': when it was, or will be, handed to Gearman
--   :lease:<block field>  the worker that has it
local m = KEYS[1]

local function group_of(field) return field:match('^(.*) %d+$') end

local function keep_until(names, at)
  for _, name in ipairs(names) do redis.call('PEXPIREAT', m .. name, at) end
end

local MAX_FAILURES = 500 -- distinct failures told apart; a vendor that invents codes cannot fill the memory

local function tally_failure(label, change)
  local known = redis.call('HEXISTS', m .. ':failures', label) == 1
  if not known and redis.call('HLEN', m .. ':failures') >= MAX_FAILURES then
    label = label:match('^([^|]*|[^|]*|)') .. 'other|more codes than are told apart'
  end
  if redis.call('HINCRBY', m .. ':failures', label, change) <= 0 then redis.call('HDEL', m .. ':failures', label) end
end

-- Move the wanted slots of a block that are in state `from` to state `to`; the words moved, and how many.
-- The timeline counts arrivals: a terminal that came to a state and later to another is in both minutes.
local function move(field, wanted, from, to, minute)
  local raw_from = redis.call('HGET', m .. ':' .. from, field)
  if not raw_from then return nil, 0 end
  local here, moved = words(raw_from), {}
  for i = 1, 32 do
    moved[i] = bit.band(bit.tobit(wanted[i]), bit.tobit(here[i]))
    here[i] = bit.bxor(bit.tobit(here[i]), moved[i])
  end
  local n = count(moved)
  if n == 0 then return nil, 0 end
  keep(m .. ':' .. from, field, here)
  local there = words(redis.call('HGET', m .. ':' .. to, field))
  for i = 1, 32 do there[i] = bit.bor(bit.tobit(there[i]), moved[i]) end
  keep(m .. ':' .. to, field, there)
  local group = group_of(field)
  redis.call('HINCRBY', m .. ':counts', group .. '|' .. from, -n)
  redis.call('HINCRBY', m .. ':counts', group .. '|' .. to, n)
  if to ~= 'pending' then redis.call('HINCRBY', m .. ':timeline', minute .. '|' .. to, n) end
  return moved, n
end

local function open_total() return tonumber(redis.call('HGET', m .. ':counts', '|open') or '0') end

local function close(n)
  if redis.call('HINCRBY', m .. ':counts', '|open', -n) < 0 then redis.call('HSET', m .. ':counts', '|open', 0) end
end
