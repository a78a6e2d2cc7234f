// Heads of messages as lines for people: what was called, what came, and which reply belongs to which call. Pure.
// Invariant: any numbers give lines; a name that is not known is shown as its number.
import { events, operations } from "../../abi/table.ts";
import { RECEIVED } from "../../runtime/recorder-page.ts";
import type { MessageFacts } from "../channel/facts.ts";

const got = (event: number) => RECEIVED + event;

const others: { readonly [kind: number]: string | undefined } = {
  [got(events.CLOSED)]: "a channel closed",
  [got(events.INTERRUPT)]: "got an interrupt",
  [got(events.TIMER)]: "a timer fired",
  [got(events.EXIT)]: "a process ended",
  [got(events.START)]: "started",
};

/** Lines, the oldest first; times count back from `end`, ns since boot. */
export function messageLines(
  messages: readonly MessageFacts[],
  names: ReadonlyMap<number, string>,
  end: number,
): string[] {
  /** methods of calls on their way, by cookie, and of calls to be answered, by reply handle */
  const made = new Map<number, string>();
  const taken = new Map<number, string>();
  return messages.map((each) => {
    const { time, kind, word, cookie, bytes, handles, status, trace } = each;
    const method = names.get(word) ?? `method ${word.toString(16)}`;
    const ago = `-${(Math.max(0, end - time) / 1e6).toFixed(3)} ms`.padStart(14);
    const size = handles === 0 ? `${bytes} bytes` : `${bytes} bytes, ${handles} handles`;
    const request = trace === 0 ? "" : `, request ${trace.toString(16)}`;
    const line = (what: string) => `${ago}  ${what} (${size}${request})\n`;
    if (kind === operations.CALL) {
      made.set(cookie, method);
      return line(`calls ${method}`);
    }
    if (kind === operations.SEND) return line(`sends ${method}`);
    if (kind === operations.REPLY) {
      const answered = taken.get(each.channel) ?? "a call";
      return line(`replies to ${answered}${word === 0 ? "" : ` with failure ${word}`}`);
    }
    if (kind === got(events.MESSAGE)) return line(`got event ${method}`);
    if (kind === got(events.CALL)) {
      taken.set(cookie, method);
      return line(`got call ${method}`);
    }
    if (kind === got(events.REPLY)) {
      const answered = made.get(cookie) ?? "a call";
      const how = status < 0 ? `: error ${status}` : word === 0 ? "" : `: failure ${word}`;
      return line(`got the reply to ${answered}${how}`);
    }
    return `${ago}  ${others[kind] ?? `event ${kind}`}\n`;
  });
}
