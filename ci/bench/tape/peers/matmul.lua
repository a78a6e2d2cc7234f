function run(n)
  local a, b, c = {}, {}, {}
  for i = 0, 4095 do a[i], b[i], c[i] = i % 7, i % 5, 0.0 end
  for round = 1, n do
    for i = 0, 63 do
      for j = 0, 63 do
        local sum = 0.0
        for k = 0, 63 do sum = sum + a[i * 64 + k] * b[k * 64 + j] end
        c[i * 64 + j] = sum
      end
    end
  end
  local total = 0
  for i = 0, 4095 do total = total + c[i] end
  return total
end
