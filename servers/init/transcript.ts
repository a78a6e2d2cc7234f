// The lines of the boot transcript that init prints (docs/design.md), in their fixed order.
// Invariant: a line appears only after every earlier one has appeared or was given up; a line given up never appears.

/** Parts of the transcript in order; `login` is the gate behind which `console` may begin. */
export const parts = ["scheduler", "netd", "login"] as const;
export type Part = (typeof parts)[number];

/** State of the transcript. */
export interface Transcript {
  readonly state: { [part in Part]: "open" | "given-up" | { readonly line: string } };
  /** Number of parts that are dealt with. */
  done: number;
}

/** A transcript of which nothing is known yet. */
export function transcript(): Transcript {
  return { state: { scheduler: "open", netd: "open", login: "open" }, done: 0 };
}

/** Settles a part with its line (undefined: it does not work). Returns what can be printed now. */
export function settle(transcript: Transcript, part: Part, line: string | undefined): string[] {
  if (transcript.state[part] !== "open") return [];
  transcript.state[part] = line === undefined ? "given-up" : { line };
  const out: string[] = [];
  while (transcript.done < parts.length) {
    const state = transcript.state[parts[transcript.done] as Part];
    if (state === "open") break;
    if (state !== "given-up") out.push(state.line);
    transcript.done += 1;
  }
  return out;
}

/** Whether all parts are dealt with. */
export function transcriptDone(transcript: Transcript): boolean {
  return transcript.done === parts.length;
}
