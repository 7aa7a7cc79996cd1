-- uses: owned
-- Note that a part of a family has lost its plan in some shard, and is about to be planned again there, before the next part is
-- planned.
-- KEYS, ARGV and what is returned: see owned.lua and status.lua
return change_status(function(status)
  redis.call('HSET', key(id), 'replanned', 1)
  return status
end)
