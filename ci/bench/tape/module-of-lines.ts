// A module of so many lines, of what modules are made of: structures, loops over numbers and text, errors, and calls between them.

/** Lines of one group. */
const GROUP = 15;

const group = (n: number, seed: number) => `struct Point${n} { x: i64, y: i64, name: string }
enum Trouble${n} { Odd; Large }
fn check${n}(v: i64) -> i64 or Trouble${n} {
    if (v % 2 == 1) { return Trouble${n}.Odd; }
    if (v > ${1000 + seed}) { return Trouble${n}.Large; }
    return v / 2;
}
fn total${n}(list: []const i64) -> i64 {
    var sum: i64 = ${seed};
    for (v in list) { sum = sum + (check${n}(v) or 0); }
    let p = Point${n} { x: sum, y: ${n}, name: "p{sum}" };
    if (p.x > p.y) { sum = sum + p.name.len as i64; }
    return sum;
}
`;

/** The text; `seed` makes it another one. */
export function moduleOfLines(lines: number, seed = 0): string {
  const groups = Math.max(1, Math.floor((lines - 6) / GROUP));
  let text = 'import io from "io";\n';
  let calls = "";
  for (let n = 0; n < groups; n += 1) {
    text += group(n, seed);
    calls += `    sum = sum + total${n}(list[..]);\n`;
  }
  return `${text}fn main() {\n    let list: [4]i64 = [1, 2, 3, 4];\n    var sum: i64 = 0;\n${calls}    io.println("{sum}");\n}\n`;
}
