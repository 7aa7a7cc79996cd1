-- Remove the mark of a backup. KEYS[1]: {q}; see mark_backup.lua
-- ARGV: id of the backup. Returns 1, or 0 where another backup has the mark by now.
local q = KEYS[1]
if redis.call('HGET', q .. ':backup', 'id') ~= ARGV[1] then return 0 end
redis.call('DEL', q .. ':backup', q .. ':backup:open')
return 1
