// The process in which a run is repeated: `main.ts SCRIPT RECORD NAME [debug]`. Its output is the outcome as JSON, on its last line.
import { readFileSync } from "node:fs";
import { readRecord } from "./record.ts";
import { repeat } from "./repeat.ts";

const [script = "", record = "", file = "", debug] = process.argv.slice(2);
const outcome = await repeat(readRecord(readFileSync(record)), {
  script: readFileSync(script, "utf8"),
  file,
  debug: debug === "debug",
});
process.stdout.write(`${JSON.stringify(outcome)}\n`, () => process.exit(0));
