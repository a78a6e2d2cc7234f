// Comparable sources of many lines in Tape and in TypeScript, for the front ends of both.

const unit = (i: number): string => `
struct Item${i} { id: i64; weight: f64; name: string }

fn Item${i}.score(*self, bonus: i64) -> i64 {
    var total = self.id * 3 + bonus;
    for (k in 0..bonus) {
        if (k % 2 == 0 && total < 1000) { total += k; } else { total -= 1; }
    }
    return total;
}

fn sum${i}(a: []i64, limit: i64) -> i64 {
    var s = 0;
    for (i, x in a) {
        if (x > limit) { break; }
        s += x * i;
    }
    return s;
}
`;
const tsUnit = (i: number): string => `
interface Item${i} { id: number; weight: number; name: string }

export function score${i}(self: Item${i}, bonus: number): number {
    let total = self.id * 3 + bonus;
    for (let k = 0; k < bonus; k++) {
        if (k % 2 === 0 && total < 1000) { total += k; } else { total -= 1; }
    }
    return total;
}

export function sum${i}(a: number[], limit: number): number {
    let s = 0;
    for (let i = 0; i < a.length; i++) {
        if (a[i] > limit) { break; }
        s += a[i] * i;
    }
    return s;
}
`;

const units = 2000;
const all = (one: (i: number) => string) =>
  Array.from({ length: units }, (_, i) => one(i)).join("");

export const tapeSource = `@profile(t1);\n${all(unit)}`;
export const typeScriptSource = all(tsUnit);
/** Thousands of lines of a text. */
export const kilolines = (text: string) => text.split("\n").length / 1000;
