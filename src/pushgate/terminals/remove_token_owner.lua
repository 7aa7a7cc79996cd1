-- uses: token_owners
-- Terminals own these tokens no longer.
return each_token(function(key, digest, _, others)
  if #others == 0 then
    redis.call('HDEL', key, digest)
  else
    redis.call('HSET', key, digest, table.concat(others, '\n'))
  end
end)
