-- uses: series
-- Write a series, unless it was changed since it was read.
-- ARGV: app, id, revision as it was read (0 for none), kind, status, next (ms, '' for none, 'keep' for what it is), definition, end of its retention
--   (ms, '' where it is kept until it is deleted), how many listed series the app may have (0: the series is not listed);
--   then, where they are replaced, template, what was written, the saved audiences that parts name, with spaces between them,
--   and the pieces of the audience
-- Returns {'written', revision}, {'changed'}, {'full'}, or {'unknown', name} where there is no such saved audience. A new series
-- that is written again, as it is, is written.
local app, id, revision, at, keep_until, limit = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[6], ARGV[8], tonumber(ARGV[9])
local series = series_key(app, id)
local found = redis.call('HMGET', series, 'revision', 'definition', 'status')
if tonumber(found[1] or '0') ~= revision then
  local is_repeated = tonumber(found[1]) == revision + 1 and found[2] == ARGV[7] and found[3] == ARGV[5]
  if is_repeated then return { 'written', revision + 1 } end
  return { 'changed' }
end
if at == 'keep' and found[3] == 'ended' and ARGV[5] ~= 'ended' then return { 'changed' } end
if revision == 0 and limit > 0 and redis.call('ZCARD', q .. ':series:' .. app) >= limit then return { 'full' } end
local is_replaced = #ARGV > 9
local unknown = is_replaced and unknown_audience(app, ARGV[12])
if unknown then return { 'unknown', unknown } end

redis.call('HSET', series, 'kind', ARGV[4], 'status', ARGV[5], 'definition', ARGV[7], 'revision', revision + 1)
redis.call('HSETNX', series, 'number', 1)
if is_replaced then
  redis.call('HSET', series, 'template', ARGV[10], 'written', ARGV[11], 'saved', ARGV[12])
  redis.call('DEL', series_audience(app, id))
  for i = 13, #ARGV do redis.call('RPUSH', series_audience(app, id), ARGV[i]) end
end
if limit > 0 then redis.call('ZADD', q .. ':series:' .. app, 0, id) end
if keep_until ~= '' then
  for _, name in ipairs({ series, series_audience(app, id) }) do redis.call('PEXPIREAT', name, keep_until) end
end
if at ~= 'keep' then expect_series(app, id, at) end
return { 'written', revision + 1 }
