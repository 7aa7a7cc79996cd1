-- uses: entries
-- Events of one home, gathered by a script that changes states, and written in the same call. KEYS[1] begins with {app:shard}.
local parts, labelled -- nil before it is known whether anybody reads, false where nobody does; numbers of labels

-- Whether anybody reads. Nothing is noted where nobody does.
local function has_readers()
  if parts == nil then
    parts, labelled = redis.call('EXISTS', KEYS[1]:match('^{[^}]*}') .. ':readers') == 1 and {}, { n = 0 }
  end
  return parts
end

local function note(part) parts[#parts + 1] = part end

-- The number of a label in the entry, 0 for none, and for labels that are too many.
local function label_in_entry(label)
  if label == '' then return 0 end
  if not labelled[label] and labelled.n < 255 then
    labelled.n = labelled.n + 1
    labelled[label] = labelled.n
    note('\2' .. struct.pack('>I2c0', #label, label))
  end
  return labelled[label] or 0
end

-- Write what was noted, at the end of the script.
local function write_events()
  if parts and #parts > 0 then append_entry(KEYS[1]:match('^{[^}]*}'), '', table.concat(parts)) end
end
