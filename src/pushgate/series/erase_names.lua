-- uses: series
-- Replace names of a person in a series, unless it was written since it was read.
-- ARGV: app, id, revision as it was read, template, what was written, then the pieces of the audience
-- Returns 1, or 0 where it was written since.
local app, id = ARGV[1], ARGV[2]
local series = series_key(app, id)
if redis.call('HGET', series, 'revision') ~= ARGV[3] then return 0 end
redis.call('HSET', series, 'template', ARGV[4], 'written', ARGV[5], 'revision', ARGV[3] + 1)
for i = 6, #ARGV do redis.call('LSET', series_audience(app, id), i - 6, ARGV[i]) end
return 1
