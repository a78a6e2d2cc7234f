// What was thrown, as one line with places in TypeScript (the build's line table, `uusi.place`).

interface Places {
  place?: (line: number) => string;
}

/** For example `TypeError: not a function at handle servers/netd/main.ts:12 < turn sdk/runtime/loop.ts:90`. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { place } = (globalThis as unknown as { uusi?: Places }).uusi ?? {};
  const frames: string[] = [];
  for (const line of (error.stack ?? "").split("\n")) {
    const found = /at (?:(.*) \()?(?:.*?):(\d+)(?::\d+)?\)?$/.exec(line.trim());
    if (found === null || frames.length >= 5) continue;
    const where = place === undefined ? `line ${found[2]}` : place(Number(found[2]));
    frames.push(found[1] === undefined ? where : `${found[1]} ${where}`);
  }
  return frames.length === 0 ? String(error) : `${String(error)} at ${frames.join(" < ")}`;
}
