function run(n)
  local inside = 0
  for round = 1, n do
    for py = 0, 127 do
      for px = 0, 127 do
        local cx, cy = px / 64.0 - 1.5, py / 64.0 - 1.0
        local x, y, k = 0.0, 0.0, 0
        while k < 50 and x * x + y * y < 4.0 do
          x, y = x * x - y * y + cx, 2.0 * x * y + cy
          k = k + 1
        end
        if k == 50 then inside = inside + 1 end
      end
    end
  end
  return inside
end
