-- uses: terms
-- Forget days and names that no terminal has. ARGV: 'days' | 'names', terms. One that a terminal has by now stays, and so does
-- a name that is not noted as unused (:unused) any more: an import has taken its number since.
-- Returns how many were forgotten.
local kind, removed = ARGV[1], 0
for i = 2, #ARGV do
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
