// The bytecode compiler's own copy of quickjs.c, with fewer opcodes for the two things that server code does most: storing into an
// array, and reading a local `let` or `const`. The engine's own edits (engine-source.ts) are in it too: what it runs for tests runs as on the nucleus.
import { join } from "node:path";
import { sharedOut, type Step } from "../build/step.ts";
import { type Edit, editedSourceStep } from "./edited-source.ts";
import { engineEdits } from "./engine-source.ts";

// A local that no inner function sees is read before its `let` only in code that TypeScript refuses (TS2448, TS2454).
const seen =
  "s->vars[var_idx].is_lexical && (s->vars[var_idx].is_captured || var_name == JS_ATOM_this)";

/** What is changed, and into what. */
export const compilerEdits: readonly Edit[] = [
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

/** Where the copy lies. */
export const compilerSource = join(sharedOut, "compiler/quickjs.c");

/** Writes the copy. */
export function compilerSourceStep(): Step {
  const edits = [...engineEdits, ...compilerEdits];
  return editedSourceStep("source of the bytecode compiler", compilerSource, edits);
}
