local bit = require("bit")
local band, bor, bxor, bnot, shl, shr = bit.band, bit.bor, bit.bxor, bit.bnot, bit.lshift, bit.rshift
local function place(all, columns, left, right)
  if columns == all then return 1 end
  local count = 0
  local free = band(all, bnot(bor(columns, left, right)))
  while free ~= 0 do
    local b = band(free, -free)
    free = bxor(free, b)
    count = count + place(all, bor(columns, b), shl(bor(left, b), 1), shr(bor(right, b), 1))
  end
  return count
end
function run(n)
  local total = 0
  for k = 1, n do total = total + place(1023, 0, 0, 0) end
  return total
end
