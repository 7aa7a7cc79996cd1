-- uses: saved_names
-- A small message is about to name these saved audiences, too. release_audiences.lua lets go of others afterwards.
-- ARGV: app, id, names, with spaces between them, the change, push time (ms), end of retention (ms), now (ms)
-- Returns 1, or the name of a saved audience that does not exist: then nothing is changed.
local app, id, names, keep_until = ARGV[1], ARGV[2], ARGV[3], ARGV[6]
local unknown = unknown_audience(app, names)
if unknown then return unknown end
redis.call('SET', change_key(id), ARGV[4], 'PXAT', keep_until)
name_audiences(app, id, names, ARGV[5], keep_until, tonumber(ARGV[7]))
return 1
