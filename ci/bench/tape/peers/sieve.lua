function run(n)
  local found = 0
  local composite = {}
  for round = 1, n do
    for i = 0, 65535 do composite[i] = 0 end
    found = 0
    for i = 2, 65535 do
      if composite[i] == 0 then
        found = found + 1
        for k = i * i, 65535, i do composite[k] = 1 end
      end
    end
  end
  return found
end
