-- Shared by the scripts of vendors' daily quotas. All processes call them for one quota on one day.
-- KEYS[1]: {q}:quota:<app>:<vendor>:<class>:<day in Shanghai>
-- It is a hash, which goes a day after the day:
--   used, reserved         pushes
--   full                   when the vendor said that the quota is used up (ms)
--   r:<part>               what is reserved for a part of a claimant's work: '<pushes> <asked for> <run>', see take.lua
--   of:<claimant>          the sum of what is reserved for a claimant: a large message, or a bundle of small ones
--   w:<rank>               the sum of wants of a priority: 0 high, 1 normal, 2 low
--   m:<rank>:<claimant>    the want of a claimant
-- and KEYS[1]:wants is a sorted set: '<rank>:<claimant>' -> until when the want counts (ms)
-- A want is renewed while its message is being sent. So one that is paused, ended or lost keeps nobody waiting for long.
local q, wants = KEYS[1], KEYS[1] .. ':wants'
local MAX_LAPSED = 64 -- in one call

local function number_of(field) return tonumber(redis.call('HGET', q, field) or '0') end

local function add(field, change)
  if change ~= 0 and redis.call('HINCRBY', q, field, change) == 0 then redis.call('HDEL', q, field) end
end

local function set_want(rank, claimant, pushes, until_ms)
  local member = rank .. ':' .. claimant
  add('w:' .. rank, pushes - number_of('m:' .. member))
  if pushes > 0 then
    redis.call('HSET', q, 'm:' .. member, pushes)
    redis.call('ZADD', wants, until_ms, member)
  else
    redis.call('HDEL', q, 'm:' .. member)
    redis.call('ZREM', wants, member)
  end
end

local function drop_lapsed(now)
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', wants, '-inf', now, 'LIMIT', 0, MAX_LAPSED)) do
    set_want(member:sub(1, 1), member:sub(3), 0)
  end
end

local function keep_until(until_ms)
  redis.call('PEXPIREAT', q, until_ms)
  redis.call('PEXPIREAT', wants, until_ms)
end

-- What is reserved for a part: pushes, how many were asked for, and the run that has them.
local function reservation(part)
  local known = redis.call('HGET', q, 'r:' .. part)
  if not known then return 0, 0, '' end
  local pushes, asked, run = known:match('^(%d+) (%d+) (.*)$')
  return tonumber(pushes), tonumber(asked), run
end

local function release(claimant, part, pushes)
  redis.call('HDEL', q, 'r:' .. part)
  add('reserved', -pushes)
  add('of:' .. claimant, -pushes)
end
