-- uses: terms
-- Forget days, names or quiet hours that no terminal has. ARGV: 'days' | 'names' | 'quiet_hours', terms; or by turns quiet hours and their
-- terms. One that a terminal has by now stays, and so does what is not noted as unused (:unused) any more: an import has taken the number of
-- the name since, or a person has the quiet hours.
-- Returns how many were forgotten.
local kind, removed = ARGV[1], 0
for i = 2, kind == 'quiet_hours' and #ARGV or 1, 2 do
  local term = ARGV[i + 1]
  -- A process of an older version removes no note when it gives a person the quiet hours.
  if redis.call('HDEL', s .. ':unused', 'quiet_hours:' .. ARGV[i]) == 1 and redis.call('HEXISTS', term_bucket(term), term) == 0 then
    removed = removed + redis.call('SREM', s .. ':quiet_hours', ARGV[i])
  end
end
for i = 2, kind == 'quiet_hours' and 1 or #ARGV do
  local term = ARGV[i]
  local may_go = kind == 'days' or redis.call('HDEL', s .. ':unused', term) == 1
  if may_go and redis.call('HEXISTS', term_bucket(term), term) == 0 then
    if kind == 'days' then
      removed = removed + redis.call('SREM', s .. ':days', term)
    else
      local number = redis.call('HGET', s .. ':names', term)
      if number then redis.call('HDEL', s .. ':named:' .. math.floor(number / 64), number % 64) end
      if term:find('^[zl]:') then redis.call('SREM', s .. ':names:' .. term:sub(1, 1), term:sub(3)) end
      removed = removed + redis.call('HDEL', s .. ':names', term)
    end
  end
end
return removed
