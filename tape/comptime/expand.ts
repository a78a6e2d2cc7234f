/**
 * Where compile-time blocks meet the program: module level, struct bodies, function bodies.
 */
import type { Checker } from "../check/checker.ts";
import { declareDecl } from "../check/declare.ts";
import type { Module } from "../check/symbol.ts";
import type { Decl, Field, Stmt, StructDecl, TapeBlock } from "../parse/ast.ts";
import { Evaluator, type Sink, TapeStop } from "./eval.ts";

function run(c: Checker, block: TapeBlock, sink: Sink): void {
  try {
    new Evaluator(c, sink).run(block.body);
  } catch (e) {
    if (!(e instanceof TapeStop)) throw e;
  }
}

/** Runs a module's `@tape` blocks in order; what they emit is declared at once. */
export function expandModule(c: Checker, m: Module): void {
  for (const d of m.file.decls) {
    if (d.kind !== "TapeBlock") continue;
    run(c, d, {
      decl: (decl: Decl) => {
        const origin = c.origin ?? {
          source: m.source,
          home: m,
          callSource: m.source,
          callPos: d.pos,
        };
        declareDecl(c, m, decl, origin);
      },
      field: () => c.error("T0801", d, "a field is emitted inside a struct"),
    });
  }
}

/** The fields of a struct, emitted ones included. */
export function expandStruct(c: Checker, decl: StructDecl): readonly Field[] {
  if (decl.tapes.length === 0) return decl.fields;
  const fields = [...decl.fields];
  for (const block of decl.tapes) {
    run(c, block, {
      decl: () => c.error("T0801", block, "only fields are emitted inside a struct"),
      field: (field: Field) => fields.push(field),
    });
  }
  return fields;
}

/** The declarations that a `@tape` block in a function emits. */
export function expandStatements(c: Checker, block: TapeBlock): Stmt[] {
  const out: Stmt[] = [];
  run(c, block, {
    decl: (decl: Decl) => {
      if (decl.kind === "Bind") out.push(decl);
      else
        c.error(
          "T0801",
          block,
          "only `let`, `var` and `const` are emitted inside a function",
          "move the block to top level",
        );
    },
    field: () => c.error("T0801", block, "a field is emitted inside a struct"),
  });
  return out;
}
