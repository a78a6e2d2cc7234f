// Says what of the machine is missing, without changing anything. Plain JavaScript without a
// package, since it must also speak before set-up has run.
import { checks } from "./checks.mjs";

/**
 * Writes the list to standard output.
 * @param {boolean} json
 * @returns {number} the exit code: 0 when nothing is missing
 */
export function doctor(json) {
  const results = checks.map(({ name, use, find, missing, cure }) => {
    const found = find();
    const result = { name, use, ok: found !== undefined };
    return found !== undefined ? { ...result, found } : { ...result, missing: missing(), cure };
  });
  if (json) {
    process.stdout.write(`${JSON.stringify(results, undefined, 2)}\n`);
  } else {
    for (const result of results) {
      const text =
        "found" in result
          ? `[ok]      ${result.name}: ${result.found}`
          : `[missing] ${result.missing}; run: ${result.cure}`;
      process.stdout.write(`${text}\n`);
    }
  }
  return results.every(({ ok }) => ok) ? 0 : 1;
}
