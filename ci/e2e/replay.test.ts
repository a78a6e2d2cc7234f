// A run that a booted system recorded is repeated by `uusi replay`, and in a debugger, which stops before the last turn in the TypeScript source.
import { spawn } from "node:child_process";
import { join } from "node:path";
import test from "ava";
import { recordMachine } from "../../sdk/cli/channel/machines.ts";
import { bootedGuest } from "../qemu/booted-guest.ts";
import { logIn } from "../qemu/person.ts";

function uusi(args: readonly string[]) {
  const child = spawn(process.execPath, [join(process.cwd(), "sdk/cli/uusi.mjs"), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said.out += text;
  });
  const debuggerAt = new Promise<string>((resolve) => {
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said.err += text;
      const url = /ws:\S+/.exec(said.err)?.[0];
      if (url !== undefined) resolve(url);
    });
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  return { said, debuggerAt, ended };
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: {
    readonly url?: string;
    readonly sourceMapURL?: string;
    readonly callFrames?: readonly { readonly functionName: string }[];
  };
}

/** Attaches to a waiting process and lets it run to its first stop: the functions there, and whether its script names its sources. */
function firstStop(url: string): Promise<{ names: string[]; mapped: boolean }> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    let mapped = false;
    const send = (id: number, method: string) => socket.send(JSON.stringify({ id, method }));
    socket.onerror = () => reject(new Error(`no debugger at ${url}`));
    socket.onopen = () => {
      send(1, "Debugger.enable");
      send(2, "Runtime.runIfWaitingForDebugger");
    };
    socket.onmessage = ({ data }) => {
      const { method, params } = JSON.parse(String(data)) as Message;
      if (method === "Debugger.scriptParsed" && params?.url?.endsWith("netd-bundle.js"))
        mapped = params.sourceMapURL?.startsWith("data:application/json;base64,") ?? false;
      if (method !== "Debugger.paused") return;
      resolve({ names: params!.callFrames!.map(({ functionName }) => functionName), mapped });
      send(3, "Debugger.disable");
      socket.close();
    };
  });
}

test("netd's run is recorded in QEMU, and repeated here to its end and in a debugger", async (t) => {
  t.timeout(240_000);
  const guest = await bootedGuest({ machine: { channel: true }, options: { netd_wait: "30000" } });
  const { machine, forget } = recordMachine(guest.channel);
  const flags = ["--machine", machine.name];
  try {
    const restart = uusi(["restart", "netd", "--record", ...flags]);
    t.is(await restart.ended, 0, restart.said.err);
    await logIn(guest);
    guest.type("ping 10.0.2.2 2\n");
    await guest.expect(/2 sent, \d received\r\n/);
    const replay = uusi(["replay", "netd", "--json", ...flags]);
    t.is(await replay.ended, 0, replay.said.err);
    const outcome = JSON.parse(replay.said.out);
    t.like(outcome, { server: "netd", same: true, turns: outcome.all });
    t.true(outcome.turns > 5, replay.said.out);
    const debugged = uusi(["replay", "netd", "--debug", "--port", "0", ...flags]);
    const { names, mapped } = await firstStop(await debugged.debuggerAt);
    t.is(names[0], "repeat");
    t.true(mapped);
    t.is(await debugged.ended, 0, debugged.said.err);
  } finally {
    forget();
    await guest.close();
  }
});
