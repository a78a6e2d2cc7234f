// What `uusi dev` does beside a running machine: watches the sources, answers each save with one line, and shows faults of types beside it.
import { Connection } from "../channel/connection.ts";
import { liveSource } from "../channel/live.ts";
import type { RunningMachine } from "../channel/machines.ts";
import { Bundler } from "../../image/bundle.ts";
import { serverCode } from "../push/server-code.ts";
import { swapAlong } from "../push/swap-server.ts";
import { serverNames } from "../steps/servers.ts";
import { affectedFromBuild } from "./affected.ts";
import { answerSave, type SaveEffects } from "./saves.ts";
import { checkTypes, faultsOf } from "./type-check.ts";
import { watchSources } from "./watcher.ts";

/** Faults that are shown of one save. */
const SHOWN = 5;

export interface DevSettings {
  /** faults of types block a swap */
  readonly strict: boolean;
  /** shows a line */
  readonly say: (line: string) => void;
}

/** Begins; `close` ends it. */
export async function watchAndSwap(machine: RunningMachine, { strict, say }: DevSettings) {
  const world = machine.world ?? "uusi";
  const affected = affectedFromBuild(serverNames());
  const bundler = new Bundler();
  let checking: AbortController | undefined;
  const effects: SaveEffects = {
    make: (server) => serverCode(server, world, (entry) => bundler.bundle(entry)),
    async swap(code, make) {
      const connection = await Connection.open(machine.channel);
      try {
        return await swapAlong(connection, [code], 0, make);
      } finally {
        connection.close();
      }
    },
    fault: async (concerns) => (strict ? faultsOf(await checkTypes(), concerns)[0] : undefined),
  };
  /** Shows what the types of a save are at fault with, unless the next save comes first. */
  const showFaults = async (files: readonly string[]) => {
    checking?.abort();
    const control = new AbortController();
    checking = control;
    const servers = affected.by(files);
    const concerns = (file: string) => servers.some((server) => affected.isPart(server, file));
    const output = await checkTypes(control.signal).catch(() => "");
    if (control.signal.aborted || servers.length === 0) return;
    for (const fault of faultsOf(output, concerns).slice(0, SHOWN)) say(`types: ${fault}`);
  };
  const watching = await watchSources(async (files) => {
    // the check of a save before takes a processor that this one's answer needs
    checking?.abort();
    say(await answerSave(files, affected, effects));
    if (!strict) void showFaults(files);
  });
  return {
    async close() {
      checking?.abort();
      await watching.close();
      await bundler.close();
    },
  };
}

/** Waits until the system's end of the line answers. @throws Failure after that many ms */
export async function waitForSystem(machine: RunningMachine, patience: number): Promise<void> {
  const connection = await Connection.open(machine.channel, patience);
  try {
    await liveSource(connection, machine.world).account();
  } finally {
    connection.close();
  }
}
