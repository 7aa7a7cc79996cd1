-- uses: shard
-- Give up leases.
-- KEYS[1]: see shard.lua
-- ARGV: holder, keep until (ms), when a retry of the pending slots is due (ms) or '', block fields
-- Returns 1.
for i = 4, #ARGV do
  local field, lease = ARGV[i], m .. ':lease:' .. ARGV[i]
  if redis.call('GET', lease) == ARGV[1] then
    if redis.call('HEXISTS', m .. ':pending', field) == 0 then
      redis.call('HDEL', m .. ':waiting', field)
      redis.call('HDEL', m .. ':tried', field)
    elseif ARGV[3] ~= '' then
      redis.call('HSET', m .. ':waiting', field, 'retry ' .. ARGV[3])
    end
    redis.call('DEL', lease)
  end
end
keep_until({ ':waiting' }, ARGV[2])
return 1
