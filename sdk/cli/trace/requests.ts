// The steps of a trace as requests, each in the order of time with its depth, for people. Pure.
// Invariant: every step is shown once, whatever was lost before it.
import type { TraceFacts } from "../channel/facts.ts";

/** A step and how deep in the request it lies. */
export interface Shown {
  readonly step: TraceFacts;
  readonly depth: number;
}

/** One request. */
export interface Request {
  readonly trace: number;
  readonly begin: number;
  /** ns from its first step to its last */
  readonly span: number;
  readonly steps: readonly Shown[];
}

const opens = (step: TraceFacts["step"]) => step === "calls" || step === "got call";
const closes = (step: TraceFacts["step"]) => step === "replies" || step === "got reply";

/** Groups by id. Steps of one moment keep the order of cause: a call leaves before it arrives, a reply likewise. */
export function requestsOf(all: readonly TraceFacts[]): Request[] {
  const byTrace = new Map<number, TraceFacts[]>();
  for (const step of all) byTrace.set(step.trace, [...(byTrace.get(step.trace) ?? []), step]);
  const requests = [...byTrace].map(([trace, steps]) => {
    const ordered = steps
      .map((step, place) => ({ step, place }))
      .sort((a, b) => a.step.time - b.step.time || a.place - b.place)
      .map(({ step }) => step);
    let depth = 0;
    const shown = ordered.map((step) => {
      if (closes(step.step)) depth = Math.max(0, depth - 1);
      const at = depth;
      if (opens(step.step)) depth += 1;
      return { step, depth: at };
    });
    const begin = ordered[0]?.time ?? 0;
    return { trace, begin, span: (ordered.at(-1)?.time ?? begin) - begin, steps: shown };
  });
  return requests.sort((a, b) => a.begin - b.begin);
}

const words = {
  calls: "calls",
  sends: "sends to",
  "got call": "is called by",
  "got event": "hears from",
  replies: "answers",
  "got reply": "is answered by",
} as const;

/** A request as lines. */
export function requestText({ trace, begin, span, steps }: Request): string {
  const ms = (ns: number) => (ns / 1e6).toFixed(3);
  const lines = steps.map(({ step, depth }) => {
    const { time, server, peer, contract, method, text } = step;
    const who = `${server} ${words[step.step]}${peer === "" ? "" : ` ${peer}`}`;
    return `${ms(time - begin).padStart(10)} ${"  ".repeat(depth)}${who}: ${contract}.${method} ${text}\n`;
  });
  return `request ${trace.toString(16)}, ${ms(span)} ms\n${lines.join("")}`;
}
