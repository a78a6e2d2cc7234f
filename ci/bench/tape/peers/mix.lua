local bit = require("bit")
local bxor, rol, tobit = bit.bxor, bit.rol, bit.tobit
function run(n)
  local s = {}
  local x = 0
  for i = 0, 15 do
    s[i] = tobit(x)
    x = (x + 0x9E3779B9) % 4294967296
  end
  for round = 1, n do
    for i = 0, 3 do
      s[i] = tobit(s[i] + s[i + 4])
      s[i + 12] = rol(bxor(s[i + 12], s[i]), 16)
      s[i + 8] = tobit(s[i + 8] + s[i + 12])
      s[i + 4] = rol(bxor(s[i + 4], s[i + 8]), 12)
      s[i] = tobit(s[i] + s[i + 4])
      s[i + 12] = rol(bxor(s[i + 12], s[i]), 8)
      s[i + 8] = tobit(s[i + 8] + s[i + 12])
      s[i + 4] = rol(bxor(s[i + 4], s[i + 8]), 7)
    end
  end
  local out = 0
  for i = 0, 15 do out = bxor(out, s[i]) end
  return out % 4294967296
end
