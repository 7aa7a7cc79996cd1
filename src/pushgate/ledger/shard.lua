-- uses: sets
-- One message in one shard. KEYS[1]: {app:shard}:m:<message id>. A block number counts blocks of the shard, or of the message
-- where it brought push tokens. Each key expires at the end of the message's retention, leases excepted.
--   sets of slots, in the forms that sets.lua tells:
--     targeted      the slots that the message is for
--     pending, accepted, invalid, rejected, expired, cancelled       the slots in that state
--     delivered, clicked, muted, gone, recalled, unproven            the slots with that receipt
--     withdrawn     the slots from which the notification is to be removed, because the user clicked on another terminal
--     doubt         the slots that were sent to and not answered, once or more
--     deferred      slots that the message will be for, because it is held there until quiet hours end
--     arm:<n>       the slots that get the variant n of the message
--     held_out      the slots of the audience that get no variant of the message; not targeted
--     rest          the slots that get the winner of the variants, once there is one
--   :ranges       see sets.lua
--   :blocks       hash: block number -> group, of a message that brought push tokens. Else {app:shard}:blocks has the groups
--   :counts       hash: '<group>|targeted', '<group>|<state>', '<group>|<receipt>' -> terminals, always the number of bits;
--                 '<group>|received' -> terminals delivered to or clicked; '<group>|unaccepted_clicks' -> terminals that
--                 clicked and are not accepted; '|pending' -> pending terminals of all groups; '|open' -> terminals whose state
--                 may still change by itself: pending, or reserved by a worker that sends them at most once at this moment;
--                 '|variants' -> how many variants the message has, '|held_out' -> terminals of the audience that
--                 get none; both absent without variants; '|rest' -> terminals in 'rest', absent where there are none;
--                 '|deferred' -> how many slots are deferred, '|deferred_until' -> when the first of them are due (ms); both
--                 absent where none ever was
--   :failures     hash: label '<vendor>|<state>|<code>|<reason>' -> terminals
--   :labels       hash: label -> its number; a message tells MAX_FAILURES labels apart
--   :failed       hash: block number -> how the block's slots failed: parts of 134 bytes, each the number of a label (2 bytes),
--                 a minute since the epoch (4 bytes) and bits (128 bytes). A slot is in one part at most; the part is true
--                 of the slot while the slot is in the label's state
--   :tried        hash: block number -> the last attempt at slots that are or were pending, or why there was none: parts as
--                 in :failed, with labels of state 'expired', because they are the reason if the slots expire
--   :unsent       hash: vendor -> label of its slots that expire without any attempt, where it is not that of 'ttl'
--   :unknown      hash: receipt -> reports on terminals that the message was not for; only in the shard of the message's id
--   :timeline     hash: '<minute>|<state or receipt>' -> terminals; the minute is the first of its hour, or of its day, once
--                 there are many
--   :told         hash: '<step> <block number>' -> bits of slots for which readers of events were told of a step
--   :marker       string: 'planning <planner> <portion>' while the plan is written, 'planned' then; 'resuming <n>' while
--                 failures are made pending for the n-th time, 'planned <n>' then; or the state in which the shard was
--                 ended. Absent before the plan, and where the shard was lost
--   :pause        string: 'paused <n>' while the message is paused for the n-th time, 'resumed <n>' then
--   :canary       string: 'running' while only the terminals of the message's canary may be sent, 'over' then; absent before and
--                 without a canary
--   :winner       string: the number of the variant that the slots in 'rest' get; they are not sent while it is absent
--   :winner-told  string: '<ms> <variant> <decision>', what the shard was told of the decision (JSON), and when it was decided
--   :waiting      hash: block number -> 'submitted <ms>' | 'retry <ms>': when a job for it was, or will be, submitted;
--                 '*' -> the same for all other blocks. While a message is spread over time, or its
--                 canary runs, 'retry' says when a block is due. 'canary <ms>': its canary is sent, the rest is due then, or once
--                 the canary is over. 'alone <ms>': as 'retry', of those slots alone that were tried: it does not count once others of
--                 the block may be sent
--   :arm-counts   string: terminals of each variant by state and receipt, as JSON, for some seconds; where :judgement is
--   :judgement    string: which variant of the message is best, once that is decided; only in the shard of the message's id
--   :arms-pending string: when pushes of the variants were last seen pending (ms), of a message with a rest; where :judgement is
--   :lease:<block number>  string: the worker that holds the block; expires with the lease
local home = m:match('^{[^}]*}')

-- A slot as entries of the queue of clicks have it.
local function clicked_place(block, offset, separator)
  return home:match(':(%d+)}$') .. separator .. block * 8 * BYTES + offset
end

local function is_being_planned() return (redis.call('GET', m .. ':marker') or ''):match('^planning ') ~= nil end

-- 'running' or 'over', false where the message has no canary.
local function canary() return redis.call('GET', m .. ':canary') end

-- Whether the message has its plan here, and was not ended.
local function is_open_plan() return (redis.call('GET', m .. ':marker') or ''):match('^planned') ~= nil end

-- Nothing is deferred any more.
local function forget_deferred()
  if redis.call('HDEL', m .. ':counts', '|deferred', '|deferred_until') == 0 then return end
  local keys = { m .. ':deferred' }
  for _, range in ipairs(redis.call('HKEYS', m .. ':ranges')) do keys[#keys + 1] = m .. ':deferred:' .. range end
  redis.call('UNLINK', unpack(keys))
end

-- Whether the message is paused: nothing more of it is sent.
local function is_paused() return (redis.call('GET', m .. ':pause') or ''):match('^paused ') ~= nil end

local waits = nil -- what rest_waits said
-- Whether slots of the shard wait for a winner.
local function rest_waits()
  if waits == nil then
    waits = redis.call('HEXISTS', m .. ':counts', '|rest') == 1 and redis.call('EXISTS', m .. ':winner') == 0
  end
  return waits
end

-- The 128 bytes of the block's pending slots that may be sent by now, nil for none.
local function sendable(block)
  local pending = bytes_in('pending', block)
  local rest = pending and rest_waits() and slots_in('rest', block)
  if not rest then return pending end
  local left = without(words(pending), rest)
  return count(left) > 0 and raw(left) or nil
end

local function open_total() return tonumber(redis.call('HGET', m .. ':counts', '|open') or '0') end

-- These many terminals are open no longer.
local function close(n)
  if redis.call('HINCRBY', m .. ':counts', '|open', -n) < 0 then redis.call('HSET', m .. ':counts', '|open', 0) end
end

local function pending_total() return tonumber(redis.call('HGET', m .. ':counts', '|pending') or '0') end

local PART = 134 -- bytes of a part in :tried or :failed; the last 128 of them are bits

-- Whether pending slots of the block may be sent that nobody tried yet.
local function has_untried(block)
  if canary() == 'running' then return false end -- those that are no part of it may not
  local left, tried = words(sendable(block)), redis.call('HGET', m .. ':tried', block) or ''
  for at = 1, #tried, PART do left = without(left, words(tried:sub(at + PART - 128, at + PART - 1))) end
  return count(left) > 0
end

-- When a job for the block was submitted, a retry is due, or its rest is: 'submitted' | 'retry' | 'alone' | 'canary', and ms.
local function waiting(block)
  local known = redis.call('HMGET', m .. ':waiting', block, '*')
  local own = known[1]
  if own and own:match('^canary ') and canary() == 'over' then own = false end
  if own and own:match('^alone ') and has_untried(block) then own = false end
  return (own or known[2] or 'submitted 0'):match('^(%a+) (%d+)$')
end

local groups, brought = {}, nil -- the groups of blocks as they are asked for; whether the message brought its terminals
local function group_of(block)
  block = tonumber(block)
  if not groups[block] then
    if brought == nil then brought = redis.call('EXISTS', m .. ':blocks') == 1 end
    groups[block] = brought and redis.call('HGET', m .. ':blocks', block) or redis.call('LINDEX', home .. ':blocks', block)
  end
  return groups[block]
end

-- Read the groups of many neighbouring blocks, in rising order, at once.
local function read_groups(blocks)
  local first, last = blocks[1], blocks[#blocks]
  if first and first < last and last - first < 2 * #blocks and redis.call('EXISTS', m .. ':blocks') == 0 then
    for i, group in ipairs(redis.call('LRANGE', home .. ':blocks', first, last)) do groups[first + i - 1] = group end
  end
end

local function vendor_of(block) return group_of(block):match('^[^/]*') end

-- Change one of the counters of the block's group.
local function add(block, name, change)
  if change ~= 0 then redis.call('HINCRBY', m .. ':counts', group_of(block) .. '|' .. name, change) end
end

-- Terminals came to a state, or a receipt came of them, in this minute. With many entries the timeline counts by the hour,
-- then by the day: reports that come for weeks cannot make it grow without bound.
local BY_MINUTE, BY_HOUR = 1500, 3000

local function arrived(minute, vendor, state, n)
  count_activity(minute, vendor, state, n)
  local size = redis.call('HLEN', m .. ':timeline')
  local step = size < BY_MINUTE and 1 or size < BY_HOUR and 60 or 1440
  redis.call('HINCRBY', m .. ':timeline', (minute - minute % step) .. '|' .. state, n)
end
