/** TypeScript declarations of a module: `x.d.tape.ts` beside `x.tape`. */
import type { ExportCode } from "../bytecode/program.ts";
import { readSignature } from "./signature.ts";

/** Text of the declarations. */
export function declarations(exports: readonly ExportCode[]): string {
  let out = "/** Made from the Tape source of the same name. */\n";
  for (const e of exports) {
    const sig = readSignature(e.type);
    if (typeof sig === "string") {
      out += `// ${e.name}: ${sig}\n`;
      continue;
    }
    const params = sig.params
      .map((p) => `${p.name}: ${p.type.ts}${p.type.elem === undefined ? "" : " | Mapped"}`)
      .join(", ");
    const fails =
      sig.fails === undefined ? "" : ` Throws TapeError with a member of \`${sig.fails}\`.`;
    out += `/** \`${e.type}\`.${fails} */\nexport declare function ${e.name}(${params}): ${sig.ret?.ts ?? "void"};\n`;
  }
  out +=
    "/** In the system an array may be memory that was mapped for kernels (`Memory.mapForKernels`). */\n";
  out += "export interface Mapped {\n  readonly address: number;\n  readonly length: number;\n}\n";
  out += '/** What the functions run as: "native" in the system, "WebAssembly" on Node. */\n';
  out += "export declare const tier: string;\n";
  out += "/** Memory of the module that arguments may lie in: no copy is made of them then. */\n";
  return `${out}export declare function alloc(bytes: number): Uint8Array;\n`;
}
