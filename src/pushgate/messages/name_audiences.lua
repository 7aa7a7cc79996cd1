-- uses: saved_names
-- A small message names other saved audiences than before.
-- ARGV: app, id, names before and names from now on, with spaces between them, push time (ms), end of retention (ms), now (ms)
-- Returns 1, or the name of a saved audience that does not exist: then nothing is changed.
local app, names = ARGV[1], ARGV[4]
local unknown = unknown_audience(app, names)
if unknown then return unknown end
name_audiences(app, ARGV[2], ARGV[3], names, ARGV[5], ARGV[6], tonumber(ARGV[7]))
return 1
