/** Every error code of the front end, and the page of reference that follows from them. */
import { flowCodes } from "./flow.ts";
import { nameCodes } from "./names.ts";
import type { CodePage } from "./page.ts";
import { ruleCodes } from "./rules.ts";
import { textCodes } from "./text.ts";
import { typeCodes } from "./types.ts";

export const codes: readonly CodePage[] = [
  ...textCodes,
  ...nameCodes,
  ...typeCodes,
  ...flowCodes,
  ...ruleCodes,
];

/** Codes without a program that shows them: `T0108` needs bytes that are not UTF-8. */
export const codesOfBytes: ReadonlyMap<string, string> = new Map([
  ["T0108", "The file holds bytes that are not UTF-8. Save it as UTF-8."],
]);

/** `spec/errors.md`; `show` gives the messages of a program. */
export function errorsText(show: (program: string) => string): string {
  let out = "# Errors\n\nEach code is stable. Every example here is run by a test.\n";
  for (const p of codes) {
    const bad = p.bad.length > 400 ? `${p.bad.slice(0, 60)}...\n` : p.bad;
    out += `\n## ${p.code}: ${p.title}\n\n${p.cause} ${p.cure}\n\n\`\`\`tape\n${bad.trimEnd()}\n\`\`\`\n\n`;
    out += `\`\`\`\n${show(p.bad).trimEnd()}\n\`\`\`\n\n\`\`\`tape\n${p.good.length > 400 ? "" : p.good.trimEnd()}\n\`\`\`\n`;
  }
  for (const [code, text] of codesOfBytes) out += `\n## ${code}\n\n${text}\n`;
  return out;
}
