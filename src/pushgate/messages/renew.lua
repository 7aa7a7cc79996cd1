-- uses: claimed
-- Hold a claimed message until `instant`.
local status = claimed()
if status then redis.call('ZADD', q .. ':dispatching', instant, id) end
return status
