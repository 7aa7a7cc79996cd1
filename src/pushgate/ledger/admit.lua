-- uses: cap_days
-- Admit slots of one range to a message whose category has a cap: those that had fewer messages of the category on this local day. A
-- slot is asked once for a message, so that planning it again admits the same ones.
-- KEYS[1]: {app:shard}:m:<message id>. ARGV: category, local day (YYYY-MM-DD, and `.<vendor>` for a limit of the vendor), keep the day's counts until (ms), keep what is known of
--   the message until (ms), messages a day, range, bits of the wanted slots, the first day that is kept
-- Returns the bits of the wanted slots that are not admitted.
-- Below the hash tag of the shard:
--   :cap:<category>:<day>:<range>:<plane>  string: bit <plane> (0 to 3) of how many messages of the category each slot of the range was
--                                          admitted to on the day
--   :caps                                  set: '<category>:<day>' of all of them
-- and of the message:
--   :asked:<day>:<range>, :admitted:<day>:<range>  strings: bits of slots
--   :caps                                  hash: '<day>:<range>' -> category, of what was admitted
local m, category, day, range, limit = KEYS[1], ARGV[1], ARGV[2], ARGV[6], tonumber(ARGV[5])
local days_until, message_until, first_day = ARGV[3], ARGV[4], ARGV[8]
local s = m:match('^{[^}]*}')
local place = ':' .. day .. ':' .. range
local asked, admitted = m .. ':asked' .. place, m .. ':admitted' .. place
local wanted, new, over, full, equal, got, carry = m .. ':wanted', m .. ':new', m .. ':over', m .. ':full', m .. ':equal',
  m .. ':got', m .. ':carry' -- of this call alone
local HIGHEST = 3

local function plane(bit) return s .. ':cap:' .. category .. place .. ':' .. bit end
local function op(name, to, ...) redis.call('BITOP', name, to, ...) end
local function is_empty(key) return redis.call('BITCOUNT', key) == 0 end

-- `to` has the slots of `from` that are not in `other`.
local function without(to, from, other)
  op('AND', over, from, other)
  op('XOR', to, from, over)
end

redis.call('SET', wanted, ARGV[7])
without(new, wanted, asked)
if not is_empty(new) then
  -- The slots whose count is at least the limit, compared bit by bit from the highest one.
  redis.call('UNLINK', full)
  op('OR', equal, new)
  for bit = HIGHEST, 0, -1 do
    op('AND', over, equal, plane(bit))
    if math.floor(limit / 2 ^ bit) % 2 == 1 then
      op('OR', equal, over)
    else
      op('OR', full, full, over)
      op('XOR', equal, equal, over)
    end
  end
  op('OR', full, full, equal)
  without(got, new, full)
  op('OR', asked, asked, new)
  op('OR', admitted, admitted, got)
  op('OR', carry, got)
  for bit = 0, HIGHEST do
    if is_empty(carry) then break end
    op('AND', over, carry, plane(bit))
    op('XOR', plane(bit), plane(bit), carry)
    redis.call('PEXPIREAT', plane(bit), days_until)
    op('OR', carry, over)
  end
  note_day(s, category, day, first_day, days_until)
  redis.call('HSET', m .. ':caps', day .. ':' .. range, category)
  for _, key in ipairs({ asked, admitted, m .. ':caps' }) do redis.call('PEXPIREAT', key, message_until) end
end
without(got, wanted, admitted)
local refused = redis.call('GET', got)
redis.call('UNLINK', wanted, new, over, full, equal, got, carry)
return refused
