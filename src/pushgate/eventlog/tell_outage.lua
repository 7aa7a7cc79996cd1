-- uses: entries
-- A vendor takes no pushes of an app, or takes them again. The event is told once, whoever notices.
-- KEYS[1]: {q}; {q}:outages is a hash: <app>:<vendor> -> since when (ms)
-- ARGV: app, vendor, since when (ms), '' where the outage is over, part of the entry
-- Returns 1 where that is news.
open_entries()
local q, app, since = KEYS[1], ARGV[1], ARGV[3]
local field = app .. ':' .. ARGV[2]
local news = since == '' and redis.call('HDEL', q .. ':outages', field) or redis.call('HSETNX', q .. ':outages', field, since)
if news == 1 and redis.call('EXISTS', q .. ':readers:' .. app) == 1 then append_entry(q, ':' .. app, ARGV[4]) end
return news
