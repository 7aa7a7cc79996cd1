-- uses: entries
-- Events of one home, gathered by a script that changes states, and written in the same call. KEYS[1] begins with {app:shard}.
-- Where nobody reads, a script does not pay for what notes events: it is not even defined.
local is_read = redis.call('EXISTS', KEYS[1]:match('^{[^}]*}') .. ':readers') == 1
local parts, note, label_in_entry

if is_read then
  local labelled = { n = 0 } -- numbers of labels
  parts = {}
  open_entries()

  function note(part) parts[#parts + 1] = part end

  -- The number of a label in the entry, 0 for none, and for labels that are too many.
  function label_in_entry(label)
    if label == '' then return 0 end
    if not labelled[label] and labelled.n < 255 then
      labelled.n = labelled.n + 1
      labelled[label] = labelled.n
      note('\2' .. struct.pack('>I2c0', #label, label))
    end
    return labelled[label] or 0
  end
end

-- Write what was noted, at the end of the script.
local function write_events()
  if is_read and #parts > 0 then append_entry(KEYS[1]:match('^{[^}]*}'), '', table.concat(parts)) end
end
