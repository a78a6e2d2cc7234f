/** Writes what follows from the instruction table; run after changing it. */
import { writeFileSync } from "node:fs";
import { coldText, dispatchText, referenceText } from "./generate.ts";

const root = new URL("..", import.meta.url);
writeFileSync(new URL("interp/dispatch.ts", root), dispatchText());
writeFileSync(new URL("interp/cold.ts", root), coldText());
writeFileSync(new URL("spec/bytecode.md", root), referenceText());
