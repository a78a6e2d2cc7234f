local floor = math.floor
local function a(i, j) return 1.0 / (floor((i + j) * (i + j + 1) / 2) + i + 1) end
local function times(v, out, transposed)
  for i = 0, 99 do
    local sum = 0.0
    for j = 0, 99 do
      if transposed then sum = sum + a(j, i) * v[j] else sum = sum + a(i, j) * v[j] end
    end
    out[i] = sum
  end
end
function run(n)
  local u, t = {}, {}
  for k = 1, n do
    for i = 0, 99 do u[i] = 1.0 end
    times(u, t, false)
    times(t, u, true)
  end
  local sum = 0.0
  for i = 0, 99 do sum = sum + u[i] end
  return floor(sum * 1000.0)
end
