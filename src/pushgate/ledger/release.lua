-- uses: shard
-- Give up leases.
-- KEYS[1]: see shard.lua
-- ARGV: holder, keep until (ms), when a retry of the pending slots is due, or the rest is ('retry' | 'alone' | 'canary', and ms), or '',
--   block numbers
-- Returns 1.
for i = 4, #ARGV do
  local block, lease = ARGV[i], m .. ':lease:' .. ARGV[i]
  if redis.call('GET', lease) == ARGV[1] then
    if not stored('pending', block) then
      redis.call('HDEL', m .. ':waiting', block)
      redis.call('HDEL', m .. ':tried', block)
    elseif ARGV[3] ~= '' then
      redis.call('HSET', m .. ':waiting', block, ARGV[3])
    end
    redis.call('DEL', lease)
  end
end
keep_until({ ':waiting' }, ARGV[2])
return 1
