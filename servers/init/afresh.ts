// Servers that can't hand over end, and start with their new versions, those first whom others call.
// Invariant: when one does not get ready, the versions before are the live ones again for all of them once `startBefore` was called.
import { after, sleep } from "../../sdk/runtime/timers.ts";
import type { Server } from "./server.ts";
import { stopOrder } from "./stop-order.ts";
import { superviseNow } from "./supervisor.ts";
import type { Change } from "./swap.ts";
import type { SystemState } from "./system-state.ts";

/** A version that is started afresh must be ready by then, whatever its manifest says: somebody waits for the answer. */
const READY = 3e9;
/** Between two looks at it. */
const LOOK = 5e6;

/** What is brought back. */
interface Was extends Pick<Server, "entry" | "code" | "before" | "durable"> {}

/** One did not get ready. */
export interface NotReady {
  readonly why: string;
  /** starts all with the code that they had */
  startBefore(): void;
}

/** Starts them; with `drop` without their durable state. */
export async function startAfresh(
  system: SystemState,
  changes: readonly Change[],
  drop: boolean,
): Promise<NotReady | undefined> {
  const begun: { readonly server: Server; readonly was: Was }[] = [];
  for (const { server, next } of stopOrder(changes, (each) => each.next.entry.manifest)
    .reverse()
    .flat()) {
    const { entry, code, before, durable } = server;
    begun.push({ server, was: { entry, code, before, durable } });
    if (drop) server.durable = undefined;
    server.entry = next.entry;
    server.code = next.code;
    server.before = { entry, code };
    const reason = await start(system, server);
    if (reason === undefined) continue;
    return {
      why: changes.length > 1 ? `${server.entry.name}: ${reason}` : reason,
      startBefore() {
        for (const each of begun) {
          const { durable } = each.server;
          if (!drop) each.was.durable = durable;
          else durable?.close();
          Object.assign(each.server, each.was);
          superviseNow(system, each.server, { kind: "restart" });
        }
      },
    };
  }
  if (drop) for (const { was } of begun) was.durable?.close();
  return undefined;
}

/** Ends what runs and starts the live version; why it did not get ready, or nothing. */
async function start(system: SystemState, server: Server): Promise<string | undefined> {
  const { supervised, entry } = server;
  // one that starts on demand takes its code when somebody asks for it
  if (supervised.phase === "stopped" && entry.manifest.start === "demand") return undefined;
  const starts = supervised.starts;
  superviseNow(system, server, { kind: "restart" });
  let late = false;
  const timer = after(Math.min(entry.manifest.startWithin, READY) + supervised.stopWithin, () => {
    late = true;
  });
  while (!late && (supervised.starts === starts || supervised.phase === "starting"))
    await sleep(LOOK);
  timer.cancel();
  if (supervised.phase === "running") return undefined;
  const { place, why } = server.lastEnd ?? { place: "", why: "" };
  return late ? "it was not ready in time" : place || why;
}
