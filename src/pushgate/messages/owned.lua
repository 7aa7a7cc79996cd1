-- uses: status
-- A message of one app changes its status. Common to cancel.lua, finish.lua, settle.lua, pause.lua and others.
-- ARGV: id, app, then what the script adds
-- Returns the status before and after, or false when the app has no such message.
local id, app = ARGV[1], ARGV[2]

-- `change` takes the status before and returns the status after.
local function change_status(change)
  local before, owner = status_of(id)
  if owner ~= app then return false end
  local after = change(before)
  if after ~= before then set_status(id, app, before, after) end
  return { before, after }
end
