// Whether values are as they were, so that the same objects can be kept (keep.ts).
export function sameLists<V extends number | string>(a: readonly V[], b: readonly V[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** What is rare and small enough to be compared as text. */
export const same = (a: unknown, b: unknown) => a === b || JSON.stringify(a) === JSON.stringify(b);

/** The record of before when each field of this one is the same value or object, else this one. */
export function asBefore<R extends object>(before: R | undefined, record: R): R {
  if (before === undefined) return record;
  for (const name in record) if (record[name] !== before[name]) return record;
  return before;
}

/** The JSON of an object that is never changed, made once. */
export class TextOf {
  #object: object | undefined;
  #text = "";

  of(object: object): string {
    if (object !== this.#object) {
      this.#text = JSON.stringify(object);
      this.#object = object;
    }
    return this.#text;
  }
}
