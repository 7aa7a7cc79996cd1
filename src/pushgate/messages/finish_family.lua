-- uses: owned
-- A family has no more parts to come: it is sent once none of them is being sent.
-- KEYS, ARGV and what is returned: see owned.lua and status.lua
-- Further ARGV: body of the family, empty where it was dropped, parts that were made
return change_status(function(status)
  if status ~= 'scheduled' and status ~= 'sending' then
    redis.call('ZREM', q .. ':families', id)
    return status
  end
  local made = tonumber(ARGV[4])
  if parts_made(id) ~= made or (redis.call('HGET', key(id), 'body') or '') ~= ARGV[3] then return status end
  for number = 1, made do
    local of_part = status_of(part(id, number))
    if of_part == 'scheduled' or of_part == 'dispatching' or of_part == 'sending' then return status end
  end
  redis.call('ZREM', q .. ':families', id)
  return 'sent'
end)
