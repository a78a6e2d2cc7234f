// Assertions that both programs of the suite use.

/** Compares as JSON. */
export function equal(actual: unknown, expected: unknown, what: string): void {
  const a = String(JSON.stringify(actual));
  const e = String(JSON.stringify(expected));
  if (a !== e) throw new Error(`${what}: ${a}, expected ${e}`);
}

export function is(condition: boolean, what: string): void {
  if (!condition) throw new Error(`${what} does not hold`);
}
