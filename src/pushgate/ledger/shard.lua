-- uses: bits
-- One message in one shard. KEYS[1]: {app:shard}:m:<message id>; a block field is '<group> <block>', bits are 128 bytes.
-- Each key expires at the end of the message's retention, leases excepted.
--   :targeted     hash: block field -> bits of the slots that the message is for
--   :pending, :accepted, :invalid, :rejected, :expired, :cancelled
--                 hash: block field -> bits of the slots in that state
--   :delivered, :clicked, :muted, :gone, :recalled
--                 hash: block field -> bits of the slots with that receipt
--   :doubt        hash: block field -> bits of the slots that were sent to and not answered, once or more
--   :counts       hash: '<group>|targeted', '<group>|<state>', '<group>|<receipt>' -> terminals, always the number of bits;
--                 '<group>|received' -> terminals delivered to or clicked; '<group>|unaccepted_clicks' -> terminals that
--                 clicked and are not accepted; '|open' -> terminals whose state may still change by itself: pending, or
--                 reserved by a worker that sends them at most once at this moment
--   :failures     hash: label '<vendor>|<state>|<code>|<reason>' -> terminals
--   :labels       hash: label -> its number; a message tells MAX_FAILURES labels apart
--   :failed       hash: block field -> how the block's slots failed: parts of 134 bytes, each the number of a label (2 bytes),
--                 a minute since the epoch (4 bytes) and bits (128 bytes). A slot is in one part at most; the part is true
--                 of the slot while the slot is in the label's state
--   :tried        hash: block field -> the last attempt at slots that are or were pending, or why there was none: parts as
--                 in :failed, with labels of state 'expired', because they are the reason if the slots expire
--   :unknown      hash: receipt -> reports on terminals that the message was not for; only in the shard of the message's id
--   :timeline     hash: '<minute>|<state or receipt>' -> terminals; the minute is the first of its hour, or of its day, once
--                 there are many
--   :marker       string: 'planning <planner> <portion>' while the plan is written, 'planned' then; 'resuming <n>' while
--                 failures are made pending for the n-th time, 'planned <n>' then; or the state in which the shard was
--                 ended. Absent before the plan, and where the shard was lost
--   :waiting      hash: block field -> 'submitted <ms>' | 'retry <ms>': when a job for it was, or will be, submitted
--   :lease:<block field>  string: the worker that holds the block; expires with the lease
local m = KEYS[1]

local function keep_until(names, at)
  for _, name in ipairs(names) do redis.call('PEXPIREAT', m .. name, at) end
end

local function is_being_planned() return (redis.call('GET', m .. ':marker') or ''):match('^planning ') ~= nil end

local function open_total() return tonumber(redis.call('HGET', m .. ':counts', '|open') or '0') end

-- These many terminals are open no longer.
local function close(n)
  if redis.call('HINCRBY', m .. ':counts', '|open', -n) < 0 then redis.call('HSET', m .. ':counts', '|open', 0) end
end

local function group_of(field) return field:match('^(.*) %d+$') end

local function vendor_of(field) return field:match('^[^/]*') end

-- Change one of the counters of the block's group.
local function add(field, name, change)
  if change ~= 0 then redis.call('HINCRBY', m .. ':counts', group_of(field) .. '|' .. name, change) end
end

-- Terminals came to a state, or a receipt came of them, in this minute. With many entries the timeline counts by the hour,
-- then by the day: reports that come for weeks cannot make it grow without bound.
local BY_MINUTE, BY_HOUR = 1500, 3000

local function arrived(minute, state, n)
  local size = redis.call('HLEN', m .. ':timeline')
  local step = size < BY_MINUTE and 1 or size < BY_HOUR and 60 or 1440
  redis.call('HINCRBY', m .. ':timeline', (minute - minute % step) .. '|' .. state, n)
end
