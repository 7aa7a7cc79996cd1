-- uses: saved_names
-- A small message does not name these saved audiences any more.
-- ARGV: app, id, names, with spaces between them, the change that is made; '' where there will be no other change
-- Returns 1, or 0 where another change began meanwhile, which may give it one of them again: then nothing is changed.
local app, id, names, change = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
if change ~= '' and redis.call('GET', change_key(id)) ~= change then return 0 end
release_audiences(app, id, names)
return 1
