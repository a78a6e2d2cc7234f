// The one word that cases have: a comparison, counted and told apart by name.

/** How a case ends: its name and, when it failed, why. */
export type Told = (name: string, failure: string | undefined) => void;

export class Check {
  readonly #name: string;
  readonly #told: Told;
  #failure: string | undefined;

  constructor(name: string, told: Told) {
    this.#name = name;
    this.#told = told;
  }

  /** Compares by text; arrays element by element. */
  is(what: string, actual: unknown, expected: unknown): void {
    if (text(actual) !== text(expected))
      this.#failure ??= `${what}: ${text(actual).slice(0, 200)}, not ${text(expected).slice(0, 200)}`;
  }

  /** `f` throws, and what it throws reads as `pattern`. */
  throws(what: string, f: () => unknown, pattern: RegExp): void {
    try {
      this.#failure ??= `${what}: it gave ${text(f())}`;
    } catch (error) {
      const said = `${(error as Error).constructor.name}: ${(error as Error).message}`;
      if (!pattern.test(said)) this.#failure ??= `${what}: ${said}`;
    }
  }

  end(): void {
    this.#told(this.#name, this.#failure);
  }
}

function text(value: unknown): string {
  if (ArrayBuffer.isView(value)) return (value as Uint8Array).join();
  return typeof value === "bigint" ? `${value}n` : String(value);
}
