// What this process tells init for its audit: which of its grants it has taken up, and what was refused.
// Invariant: each grant is told once; of one kind of refusal the 1st, 2nd, 4th, 8th, ... is told, with how many came since the last.
import { refusals, type Refused } from "../contract/refusals.ts";
import type { Start } from "./start-info.ts";

/** Kinds of refusal that are told apart; more are not told. */
const MOST = 32;

/** The events of init's contract that this needs. */
export interface AuditLine {
  used(fields: { who: string; grant: string }): unknown;
  denied(fields: {
    who: string;
    what: string;
    field: string;
    value: string;
    sentence: string;
    times: number;
  }): unknown;
}

let line: AuditLine | undefined;
/** Kinds of refusal, and of each how many came and how many were told. */
const kinds: string[] = [];
const came: number[] = [];
const told: number[] = [];
/** Grants of other servers that were told. */
const others: string[] = [];

/** For supervisor.ts: begins to tell. */
export function tellAudit(to: AuditLine): void {
  line = to;
  refusals.heard = denied;
}

function denied({ who, what, failure }: Refused): void {
  const { field, value } = failure.line ?? { field: "", value: "" };
  const kind = `${who}\n${what}\n${field}\n${value}`;
  let place = kinds.indexOf(kind);
  if (place < 0) {
    if (kinds.length === MOST) return;
    place = kinds.push(kind) - 1;
    came[place] = 0;
    told[place] = 0;
  }
  const count = ++came[place]!;
  if ((count & (count - 1)) !== 0) return;
  const times = count - told[place]!;
  told[place] = count;
  const sentence = failure.sentence.slice(0, 300);
  line?.denied({ who, what, field, value, sentence, times });
}

/** `grant` of server `who` was taken up: for servers that hand out what another's manifest names, as `pci` does. */
export function tellUse(who: string, grant: string): void {
  const key = `${who} ${grant}`;
  if (others.includes(key)) return;
  others.push(key);
  line?.used({ who, grant });
}

/** The grants of `start`, each told to init when it is first looked up. Channels to init and listening ends are not grants of this kind. */
export function noteUses(grants: Start["grants"]): Start["grants"] {
  const noted: { [name: string]: number } = {};
  const names = Object.keys(grants);
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    const number = grants[name]!;
    if (name === "bootstrap" || name === "log" || name === "durable" || name.startsWith("serve:")) {
      noted[name] = number;
      continue;
    }
    Object.defineProperty(noted, name, {
      configurable: true,
      enumerable: true,
      get() {
        Object.defineProperty(noted, name, { value: number, enumerable: true });
        line?.used({ who: "", grant: name });
        return number;
      },
    });
  }
  return noted;
}
