/** One error code: its cause, its cure, and a pair of programs that show both. */
export interface CodePage {
  readonly code: string;
  readonly title: string;
  readonly cause: string;
  readonly cure: string;
  /** A program whose first error is this one. */
  readonly bad: string;
  /** The same, mended. */
  readonly good: string;
}

/** A page from its parts; `bad` and `good` are statements of a `t1` main unless they declare something. */
export function page(
  code: string,
  title: string,
  cause: string,
  cure: string,
  bad: string,
  good: string,
): CodePage {
  return { code, title, cause, cure, bad: whole(bad), good: whole(good) };
}

function whole(text: string): string {
  const declares =
    /^(@profile|@tape|@fast|fn |struct |enum |tagged |union |import |type |const |pub |extern |attr |test |#|\/\*|fnction|;)/.test(
      text,
    );
  if (declares || text.includes("fn main"))
    return text.includes("fn main") || text.startsWith("@profile(t9)")
      ? text
      : `${text}\nfn main() {}\n`;
  return `@profile(t1);\nfn main() {\n    ${text}\n}\n`;
}
