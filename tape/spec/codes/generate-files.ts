/** Writes `spec/errors.md`; run after changing a message or a page. */
import { writeFileSync } from "node:fs";
import { errorsText } from "./all.ts";
import { messages } from "./show.ts";

writeFileSync(new URL("../errors.md", import.meta.url), errorsText(messages));
