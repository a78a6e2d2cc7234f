// The files of a new native program (docs/decisions/010-executables.md): small, complete, and run at once. Pure.

const folder = "servers/programs/programs";

/** What is wrong with a name, undefined when nothing is. `names`: those that there are. */
export function checkProgramName(name: string, names: readonly string[]): string | undefined {
  if (!/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(name) || name.length > 31)
    return `"${name}" is no program's name: small letters, digits and single dashes between them, at most 31`;
  return names.includes(name)
    ? `there is a program ${name} already; choose another name`
    : undefined;
}

/** Each file's text by its path in the tree. */
export function programFiles(name: string): Readonly<Record<string, string>> {
  return {
    [`${folder}/${name}.tape`]: `// ${name}: adds up the numbers that it is given, as in \`run ${name} 2 40\`.
import io from "io";
import os from "os";

// The number that a text is of digits; -1 when it is none.
fn number(text: []const u8) -> i64 {
    var value: i64 = 0;
    for (c in text) {
        if (c < 48 || c > 57) { return -1; }
        value = value * 10 + (c as i64) - 48;
    }
    if (text.len == 0) { return -1; }
    return value;
}

fn main() -> i32 {
    var sum: i64 = 0;
    for (i in 1..os.args_count()) {
        let value = number(os.arg(i));
        if (value < 0) {
            io.println("{os.arg(i)} is no number");
            return 1;
        }
        sum += value;
    }
    io.println("sum {sum}");
    return 0;
}
`,
    [`${folder}/${name}.json`]: `{ "uses": [] }
`,
  };
}
