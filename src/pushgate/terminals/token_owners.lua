-- Owners of push tokens: one terminal, or during a take-over the new owner first and then the former ones.
-- KEYS[1] is the hash tag of the shard to which the tokens belong; below it:
--   :owners:<first 16 bits of the digest, in hex>  hash: digest (12 bytes) -> ids of the owners, one a line
-- A terminal that takes a token over forgets all former owners. Several stay only where that was cut off, and no more than
-- MAX_OWNERS, so that one token cannot make all registrations slow.
-- ARGV: digest and terminal id by turns
local s = KEYS[1]

local function owners_key(digest) return s .. ':owners:' .. string.format('%02x%02x', digest:byte(1, 2)) end

-- Call `change` for each token with its key, its digest, the terminal, and the ids of the other owners.
-- Returns for each token the other owners' ids by lines.
local function each_token(change)
  local answers = {}
  for i = 1, #ARGV, 2 do
    local digest, id, others = ARGV[i], ARGV[i + 1], {}
    local key = owners_key(digest)
    for other in (redis.call('HGET', key, digest) or ''):gmatch('[^\n]+') do
      if other ~= id then others[#others + 1] = other end
    end
    answers[#answers + 1] = table.concat(others, '\n')
    if change then change(key, digest, id, others) end
  end
  return answers
end
