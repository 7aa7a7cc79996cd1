-- Note that messages of a category are counted on a local day, and keep that until then (ms). Days before the first one that is kept
-- are forgotten.
local function note_day(s, category, day, first_day, until_ms)
  if redis.call('SADD', s .. ':caps', category .. ':' .. day) == 1 then
    for _, member in ipairs(redis.call('SMEMBERS', s .. ':caps')) do
      if member:match(':(.*)$') < first_day then redis.call('SREM', s .. ':caps', member) end
    end
  end
  redis.call('PEXPIREAT', s .. ':caps', until_ms)
end
