-- uses: shard
-- Moves and receipts of slots, gathered for the readers of events. What moves is written as it was at the end of the script.
local note_slots, note_planned, note_label, note_sums, note_moves

if is_read then
  local FEW_SLOTS = 48
  local noted, without_label = {}, {} -- without_label: by block, noted moves to a failure whose label is still to come

  -- Slots of a block, n of them, came from a state ('' where the plan begins) to a state, or have a receipt.
  function note_slots(block, from, to, slots, n)
    if n == 0 then return end
    block = tonumber(block)
    local move = { block = block, from = from, to = to, slots = slots, n = n, label = '' }
    noted[#noted + 1] = move
    if to == 'invalid' or to == 'rejected' or to == 'expired' then
      without_label[block] = without_label[block] or {}
      table.insert(without_label[block], move)
    end
  end

  -- Terminals of a group are pending, because the plan says so.
  function note_planned(group, n)
    if n > 0 then noted[#noted + 1] = { group = group, n = n } end
  end

  -- The label of slots that were noted in this call. Those that have one keep it.
  function note_label(block, label, slots)
    local moves, rest = without_label[tonumber(block)], {}
    for _, move in ipairs(moves or {}) do
      local common, n = both(move.slots, slots)
      if n == move.n then
        move.label = label
      else
        if n > 0 then
          noted[#noted + 1] = { block = move.block, from = move.from, to = move.to, slots = common, n = n, label = label }
          move.slots, move.n = without(move.slots, common), move.n - n
        end
        rest[#rest + 1] = move
      end
    end
    if moves then without_label[tonumber(block)] = rest end
  end

  local has_sums = false

  -- The sums of the message in this shard as they are now, once in a call; before moves of which a reader may not know where
  -- they began.
  function note_sums()
    if has_sums then return end
    has_sums = true
    local flat, groups, sums = redis.call('HGETALL', m .. ':counts'), {}, {}
    for i = 1, #flat, 2 do
      local group, name = flat[i]:match('^(.+)|(%a+)$')
      if group and KINDS[name] and flat[i + 1] ~= '0' then
        if not sums[group] then
          sums[group] = {}
          groups[#groups + 1] = group
        end
        table.insert(sums[group], struct.pack('>BI4', KINDS[name], flat[i + 1]))
      end
    end
    for i, group in ipairs(groups) do
      groups[i] = counted_text(group) .. string.char(#sums[group]) .. table.concat(sums[group])
    end
    local head = counted_text(m:match(':m:(.*)$')) .. struct.pack('>I2', #groups)
    noted[#noted + 1] = { sums = '\12' .. head .. table.concat(groups) }
  end

  local function pack_slots(slots, n)
    if n <= FEW_SLOTS then return struct.pack('>I2', n) .. offsets(slots) end
    return struct.pack('>I2I2', n, BYTES) .. raw(slots)
  end

  -- Note the moves in the entry.
  function note_moves()
    if #noted > 0 then note('\1' .. counted_text(m:match(':m:(.*)$'))) end
    for _, move in ipairs(noted) do
      if move.sums then
        note(move.sums)
      elseif move.slots then
        local label = label_in_entry(move.label)
        note(struct.pack('>BI4', 4, move.block) .. counted_text(group_of(move.block))
          .. string.char(KINDS[move.from], KINDS[move.to], label) .. pack_slots(move.slots, move.n))
      else
        note('\3' .. counted_text(move.group) .. struct.pack('>I4', move.n))
      end
    end
  end
end

-- Write what was noted, at the end of the script.
local function write_moves()
  if is_read then note_moves() end
  write_events()
end
