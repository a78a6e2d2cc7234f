// Where tables join the hand-over: set by the first table that code declares, absent in all other bundles.

/** A table in a hand-over. */
export interface TableImage {
  readonly name: string;
  /** handle of its memory, 0 without rows */
  readonly memory: number;
  /** its columns as text, and the bytes of a row */
  readonly columns: string;
  readonly rowBytes: number;
}

export interface TableHooks {
  images(): TableImage[];
  /** for the trial; throws when a table of the running code has no place here */
  try(images: readonly TableImage[]): void;
  /** for the hand-over: `known` gets the handles; throws as `try` */
  adopt(images: readonly TableImage[], known: Set<number>): void;
  /** the new code is kept: what is durable is known to init */
  kept(): void;
  /** for a start: what the process before has left */
  restore(grants: { readonly [name: string]: number }): void;
  /** what other code has changed on trial is undone */
  undo(): void;
  /** for people: name, rows, columns, the first rows */
  show(most: number): object[];
}

export const tableHooks: { present: TableHooks | undefined } = { present: undefined };

/** What code without tables says of a hand-over with some. */
export function refuseTables(images: readonly TableImage[]): void {
  const first = images[0];
  if (first !== undefined)
    throw new Error(`the running code has a table \`${first.name}\`, this code declares none`);
}
