-- uses: rate_limiter
-- A call succeeded. ARGV: now. Returns for each key CLEAR, CLOSED by this call, or DISTURBED
local answer = {}
for i, hash in ipairs(hashes) do answer[i] = recover(hash) end
save()
return answer
