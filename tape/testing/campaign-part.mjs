// A part of a campaign that goes wrong, for the test of the campaign: program 2 of a seed finds something, 4 ends the process, 6 never ends.
import { writeSync } from "node:fs";

const [, , , , first, count] = process.argv;
for (let i = Number(first); i < Number(first) + Number(count); i++) {
  writeSync(1, `${i}\n`);
  if (i === 2) writeSync(1, `!${JSON.stringify("program 2 differs")}\n`);
  if (i === 4) process.exit(9);
  while (i === 6) Math.imul(i, i);
}
writeSync(1, ".\n");
