local function advance(b, dt)
  for i = 1, #b do
    local p = b[i]
    for j = i + 1, #b do
      local q = b[j]
      local dx, dy, dz = p.x - q.x, p.y - q.y, p.z - q.z
      local d2 = dx * dx + dy * dy + dz * dz
      local mag = dt / (d2 * math.sqrt(d2))
      p.vx = p.vx - dx * q.mass * mag
      p.vy = p.vy - dy * q.mass * mag
      p.vz = p.vz - dz * q.mass * mag
      q.vx = q.vx + dx * p.mass * mag
      q.vy = q.vy + dy * p.mass * mag
      q.vz = q.vz + dz * p.mass * mag
    end
  end
  for i = 1, #b do
    local p = b[i]
    p.x = p.x + dt * p.vx
    p.y = p.y + dt * p.vy
    p.z = p.z + dt * p.vz
  end
end
function run(n)
  local b = {}
  for k = 0, 4 do
    b[k + 1] = {x = k * 4.5, y = 3.0 - k, z = k / 3.0, vx = 0.1 * k, vy = 0.2, vz = 0.05 * k, mass = 1.0 / (k + 1.0)}
  end
  for k = 1, n do advance(b, 0.001) end
  local e = 0.0
  for i = 1, 5 do e = e + (b[i].x * 3.0 + b[i].y * 5.0 + b[i].z) end
  e = e * 1000000.0
  return e < 0 and math.ceil(e) or math.floor(e)
end
