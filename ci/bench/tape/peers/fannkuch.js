function flip(n) {
  const perm = new Array(16).fill(0);
  const perm1 = new Array(16).fill(0);
  const counts = new Array(16).fill(0);
  for (let i = 0; i < n; i++) perm1[i] = i;
  let checksum = 0;
  let most = 0;
  let r = n;
  let even = true;
  for (;;) {
    while (r !== 1) {
      counts[r - 1] = r;
      r--;
    }
    for (let i = 0; i < n; i++) perm[i] = perm1[i];
    let flips = 0;
    let k = perm[0];
    while (k !== 0) {
      let i = 0;
      let j = k;
      while (i < j) {
        const t = perm[i];
        perm[i] = perm[j];
        perm[j] = t;
        i++;
        j--;
      }
      flips++;
      k = perm[0];
    }
    if (flips > most) most = flips;
    checksum += even ? flips : -flips;
    for (;;) {
      if (r === n) return checksum * 100 + most;
      const first = perm1[0];
      for (let i = 0; i < r; i++) perm1[i] = perm1[i + 1];
      perm1[r] = first;
      if (--counts[r] > 0) break;
      r++;
    }
    even = !even;
  }
}
export function run(n) {
  let total = 0;
  for (let k = 0; k < n; k++) total += flip(8);
  return total;
}
