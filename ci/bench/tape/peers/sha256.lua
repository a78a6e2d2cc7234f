local bit = require("bit")
local band, bxor, bnot, ror, shl, shr, tobit = bit.band, bit.bxor, bit.bnot, bit.ror, bit.lshift, bit.rshift, bit.tobit
local K = {[0] =
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
}
local w, v = {}, {}
local function block(h, data)
  for i = 0, 15 do
    w[i] = bit.bor(shl(data[i * 4], 24), shl(data[i * 4 + 1], 16), shl(data[i * 4 + 2], 8), data[i * 4 + 3])
  end
  for i = 16, 63 do
    local a, b = w[i - 15], w[i - 2]
    w[i] = tobit(w[i - 16] + bxor(ror(a, 7), ror(a, 18), shr(a, 3)) + w[i - 7] + bxor(ror(b, 17), ror(b, 19), shr(b, 10)))
  end
  for i = 0, 7 do v[i] = h[i] end
  for i = 0, 63 do
    local e, a = v[4], v[0]
    local t1 = tobit(v[7] + bxor(ror(e, 6), ror(e, 11), ror(e, 25)) + bxor(band(e, v[5]), band(bnot(e), v[6])) + K[i] + w[i])
    local t2 = tobit(bxor(ror(a, 2), ror(a, 13), ror(a, 22)) + bxor(band(a, v[1]), band(a, v[2]), band(v[1], v[2])))
    v[7], v[6], v[5], v[4] = v[6], v[5], v[4], tobit(v[3] + t1)
    v[3], v[2], v[1], v[0] = v[2], v[1], v[0], tobit(t1 + t2)
  end
  for i = 0, 7 do h[i] = tobit(h[i] + v[i]) end
end
function run(n)
  local h = {[0] = 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}
  local data = {}
  for i = 0, 63 do data[i] = (i * 7) % 256 end
  for k = 1, n do block(h, data) end
  return h[0] % 4294967296 + h[7] % 4294967296
end
