// The bytecode compiler's own copy of quickjs.c, with fewer opcodes for the two things that server code does most: storing into an
// array, and reading a local `let` or `const`. The engine runs the same bytecode as before and stays as it is.
// Invariant: an edit whose place is not found exactly as often as it says is an error, so that a newer source is looked at again.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { sharedOut, type Step } from "../build/step.ts";
import { Failure } from "../failure.ts";
import { engineSource } from "../tool-chain.ts";

interface Edit {
  readonly from: string;
  readonly to: string;
  readonly times: number;
}

// A local that no inner function sees is read before its `let` only in code that TypeScript refuses (TS2448, TS2454).
const seen =
  "s->vars[var_idx].is_lexical && (s->vars[var_idx].is_captured || var_name == JS_ATOM_this)";

/** What is changed, and into what. */
export const edits: readonly Edit[] = [
  // `object[key] = value` on null or undefined throws before `value` is evaluated, not after it: eleven opcodes less a store
  {
    from: "if (op == '=' && opcode == OP_get_array_el) {",
    to: "if (0) {",
    times: 2,
  },
  {
    from: `if (s->vars[var_idx].is_lexical) {
                        dbuf_putc(bc, OP_get_loc_check);`,
    to: `if (${seen}) {
                        dbuf_putc(bc, OP_get_loc_check);`,
    times: 1,
  },
  {
    from: `if (s->vars[var_idx].is_lexical) {
                        if (op == OP_scope_put_var_init) {`,
    to: `if (${seen}) {
                        if (op == OP_scope_put_var_init) {`,
    times: 1,
  },
  {
    from: `if (s->vars[var_idx].is_lexical)
                        get_op = OP_get_loc_check;`,
    to: `if (${seen})
                        get_op = OP_get_loc_check;`,
    times: 1,
  },
  {
    from: `                            } else {
                                /* XXX: should check if variable can be used
                                   before initialization */`,
    to: "                            } else if (vd->is_captured) {",
    times: 1,
  },
];

/** The source with all edits made. */
export function editedSource(source: string): string {
  for (const { from, to, times } of edits) {
    const found = source.split(from).length - 1;
    if (found !== times)
      throw new Failure(
        `quickjs.c has ${JSON.stringify(from)} ${found} times and not ${times}; look at the edits in sdk/cli/steps/compiler-source.ts`,
      );
    source = source.replaceAll(from, to);
  }
  return source;
}

/** Where the copy lies. */
export const compilerSource = join(sharedOut, "compiler/quickjs.c");

/** Writes the copy. */
export function compilerSourceStep(): Step {
  const from = join(engineSource, "quickjs.c");
  return {
    name: "source of the bytecode compiler",
    inputs: [from],
    outputs: [compilerSource],
    key: JSON.stringify(edits),
    action: () => {
      mkdirSync(dirname(compilerSource), { recursive: true });
      writeFileSync(compilerSource, editedSource(readFileSync(from, "utf8")));
    },
  };
}
