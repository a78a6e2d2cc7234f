/** Writes `spec/library.md`; run after changing the library or its examples. */
import { writeFileSync } from "node:fs";
import { libraryText } from "./reference.ts";

writeFileSync(new URL("../spec/library.md", import.meta.url), libraryText());
