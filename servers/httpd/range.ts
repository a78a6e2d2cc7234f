// Byte ranges (RFC 9110 section 14): one range of a file; anything else is as if nothing had been asked.

/** Bytes from `from`, `length` of them (at least 1). */
export interface Range {
  readonly from: number;
  readonly length: number;
}

/** What of a file is asked for: a range, the `whole`, or what it does `not` have. */
export function rangeOf(text: string | undefined, size: number): Range | "whole" | "not" {
  const parts = /^bytes=[\t ]*([0-9]{0,15})-([0-9]{0,15})[\t ]*$/i.exec(text ?? "");
  if (parts === null) return "whole";
  const [, first = "", last = ""] = parts;
  if (first === "") {
    if (last === "") return "whole";
    const length = Math.min(Number(last), size);
    return length === 0 ? "not" : { from: size - length, length };
  }
  const from = Number(first);
  if (last !== "" && Number(last) < from) return "whole";
  if (from >= size) return "not";
  const end = last === "" ? size : Math.min(Number(last) + 1, size);
  return { from, length: end - from };
}
