-- uses: home
-- Forget pages that have expired: of the oldest pages, and of some others, for pages do not expire in the order of their
-- creation.
-- ARGV: cursor into all pages (0 to begin), how many pages at most of each
-- Returns the next cursor, and how many of the oldest pages are forgotten.
local pages = T .. ':pages'

local function forget(members, step)
  local gone = 0
  for i = 1, #members, step do
    if redis.call('EXISTS', page_key((struct.unpack('>I4', members[i])))) == 0 then
      gone = gone + redis.call('ZREM', pages, members[i])
    end
  end
  return gone
end

local gone = forget(redis.call('ZRANGE', pages, 0, ARGV[2] - 1), 1)
local cursor, some = unpack(redis.call('ZSCAN', pages, ARGV[1], 'COUNT', ARGV[2]))
forget(some, 2)
return { tonumber(cursor), gone }
