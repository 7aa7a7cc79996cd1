-- uses: account
-- Give up leases. ARGV: holder, retry due ms or '', block fields. What is left of the blocks waits for that retry.
for i = 3, #ARGV do
  local field, lease = ARGV[i], m .. ':lease:' .. ARGV[i]
  if redis.call('HEXISTS', m .. ':pending', field) == 0 then
    redis.call('HDEL', m .. ':waiting', field)
  elseif ARGV[2] ~= '' then
    redis.call('HSET', m .. ':waiting', field, 'retry ' .. ARGV[2])
  end
  if redis.call('GET', lease) == ARGV[1] then redis.call('DEL', lease) end
end
return 1
