-- uses: owned
-- Make a message that is being sent due again, because it has lost its plan in some shard: the next claim takes it.
-- A part of a family waits while another part is being planned, which plans the lost one first: see note_lost_plan.lua.
-- KEYS, ARGV and what is returned: see owned.lua and status.lua
-- Further ARGV: now (ms)
return change_status(function(status)
  if status ~= 'sending' or is_part(id) and is_planning_a_part(family_of(id)) then return status end
  return claim_again(ARGV[3])
end)
