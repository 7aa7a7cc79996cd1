-- Records of imports that have a name. KEYS[1] is the hash tag of the queue; below it:
--   :imports:<app>        sorted set: name -> when the record changed last (ms)
--   :import:<app>:<name>  hash: state (written by Python), holder (whose import it is), until (ms): how long the holder has it.
--                         Expires when it has not changed for long
local app, name, now = ARGV[1], ARGV[2], tonumber(ARGV[3])
local index = KEYS[1] .. ':imports:' .. app

local function record_key(of) return KEYS[1] .. ':import:' .. app .. ':' .. of end

local record = record_key(name)

local function is_held_by_other(holder)
  local found, held_until = unpack(redis.call('HMGET', record, 'holder', 'until'))
  return found and found ~= holder and tonumber(held_until) > now
end

-- Keep the record for `keep` ms from now on; of more than `max` records those that changed first go.
local function keep_record(keep, max)
  redis.call('PEXPIRE', record, keep)
  redis.call('ZADD', index, now, name)
  redis.call('PEXPIRE', index, keep)
  for _, gone in ipairs(redis.call('ZRANGE', index, 0, -max - 1)) do
    redis.call('DEL', record_key(gone))
    redis.call('ZREM', index, gone)
  end
end
