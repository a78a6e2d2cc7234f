local function flip(n)
  local perm, perm1, counts = {}, {}, {}
  for i = 0, 15 do perm[i], perm1[i], counts[i] = 0, 0, 0 end
  for i = 0, n - 1 do perm1[i] = i end
  local checksum, most, r, even = 0, 0, n, true
  while true do
    while r ~= 1 do
      counts[r - 1] = r
      r = r - 1
    end
    for i = 0, n - 1 do perm[i] = perm1[i] end
    local flips, k = 0, perm[0]
    while k ~= 0 do
      local i, j = 0, k
      while i < j do
        perm[i], perm[j] = perm[j], perm[i]
        i = i + 1
        j = j - 1
      end
      flips = flips + 1
      k = perm[0]
    end
    if flips > most then most = flips end
    if even then checksum = checksum + flips else checksum = checksum - flips end
    while true do
      if r == n then return checksum * 100 + most end
      local first = perm1[0]
      for i = 0, r - 1 do perm1[i] = perm1[i + 1] end
      perm1[r] = first
      counts[r] = counts[r] - 1
      if counts[r] > 0 then break end
      r = r + 1
    end
    even = not even
  end
end
function run(n)
  local total = 0
  for k = 1, n do total = total + flip(8) end
  return total
end
