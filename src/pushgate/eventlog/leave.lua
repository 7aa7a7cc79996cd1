-- uses: entries
-- A stream that nobody reads any more. KEYS[1]: head of the stream's keys. ARGV: their end
local readers = KEYS[1] .. ':readers' .. ARGV[1]
local DAY_MS = 86400000
open_entries()

-- Delete the stream where it has no reader; returns 1 then, else 0. The number of its epoch stays for a while, for a clock may be
-- set back.
local function leave_if_unread()
  if redis.call('EXISTS', readers) == 1 then return 0 end
  redis.call('UNLINK', KEYS[1] .. ':events' .. ARGV[1], KEYS[1] .. ':epoch-server' .. ARGV[1])
  redis.call('PEXPIRE', KEYS[1] .. ':epoch' .. ARGV[1], DAY_MS)
  return 1
end
