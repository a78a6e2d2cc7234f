// The commands about one server where something is wrong: the name, the machine, or the machine's end in the midst of it. Each says one line with
// the cure, and so does its help.
import { createServer } from "node:net";
import { join } from "node:path";
import test from "ava";
import { fakeSystems } from "../channel/testing/fake-systems.ts";
import { Failure } from "../failure.ts";
import type { Command } from "../main.ts";
import { command as kill } from "./kill.ts";
import { command as log } from "./log.ts";
import { command as fresh } from "./new.ts";
import { command as restart } from "./restart.ts";
import { command as rollback } from "./rollback.ts";
import { command as state } from "./state.ts";
import { command as swap } from "./swap.ts";

const { folder, system, close } = fakeSystems();
test.after.always(close);

const asking: { [name: string]: Command } = { kill, log, restart, rollback, state };
const all: { [name: string]: Command } = { ...asking, swap, new: fresh };

/** How a command fails: its exit code and sentence. */
async function failure(command: Command, args: string[]): Promise<[number, string]> {
  try {
    return [await command.run(args), "(it did not fail)"];
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return [error.exitCode, error.message];
  }
}

test("each has a help text that names its flags", (t) => {
  for (const [name, command] of Object.entries(all)) {
    const help = command.help();
    t.regex(help, new RegExp(`^npx uusi ${name} `), name);
    t.regex(help, /^ {2}--json /m, name);
    if (name !== "new") t.regex(help, /^ {2}--machine N /m, name);
  }
});

test("without a name, with two, with a flag that is none", async (t) => {
  for (const [name, command] of Object.entries(all)) {
    if (name !== "log") {
      const [code, text] = await failure(command, []);
      t.is(code, 2, name);
      t.regex(text, new RegExp(`^uusi ${name}: .*\\?|^uusi ${name}: .*npx uusi `), name);
    }
    t.like(await failure(command, ["netd", "--jsom"]), [2], name);
    t.regex((await failure(command, ["netd", "--jsom"]))[1], /did you mean --json\?/, name);
  }
  for (const [name, command] of Object.entries(asking))
    t.deepEqual(await failure(command, ["netd", "tape"]), [
      2,
      `uusi ${name}: one name at a time, not: netd tape`,
    ]);
});

test("no such machine", async (t) => {
  for (const [name, command] of Object.entries({ ...asking, swap })) {
    const [code, text] = await failure(command, ["netd", "--machine", "999"]);
    t.is(code, 2, name);
    t.regex(
      text,
      /^(?:no machine runs; start one .*npx uusi boot|there is no machine 999; running)/,
    );
    t.regex(
      (await failure(command, ["netd", "--target", "/dev/no-such-port"]))[1],
      /^there is no \/dev\/no-such-port; --target names a serial port/,
    );
  }
});

test("a name that no server has: the nearest is suggested", async (t) => {
  t.deepEqual(await failure(swap, ["netdd"]), [
    2,
    "there is no servers/netdd/main.ts; did you mean netd?",
  ]);
  t.regex(
    (await failure(swap, ["elephant"]))[1],
    /^there is no servers\/elephant\/main.ts; there are: /,
  );
  const { path, server } = await system("wrong-name", (call) =>
    call === "log"
      ? { reply: { text: "", next: 0 } }
      : call === "servers"
        ? { reply: { servers: [], more: false } }
        : call === "uptime"
          ? { reply: { up: 1 } }
          : { failure: { code: 3, sentence: "there is no server netdd; `ps` lists them" } },
  );
  for (const [name, command] of Object.entries(asking))
    t.deepEqual(
      await failure(command, ["netdd", "--target", path]),
      [1, "there is no server netdd; did you mean netd? npx uusi ps lists them"],
      name,
    );
  server.close();
});

test("a machine that ends half-way, and one whose channel is gone", async (t) => {
  const { path, server } = await system("ends", (_call, socket) => {
    socket.destroy();
    return undefined;
  });
  for (const [name, command] of Object.entries(asking)) {
    const [code, text] = await failure(command, ["netd", "--target", path]);
    t.is(code, 1, name);
    t.is(text, "the machine has ended; what was asked was maybe done: look with npx uusi ps", name);
  }
  server.close();
  const gone = join(folder, "gone");
  const deaf = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => deaf.listen(gone, resolve));
  for (const [name, command] of Object.entries(asking)) {
    const [code, text] = await failure(command, ["netd", "--target", gone]);
    t.is(code, 1, name);
    t.regex(text, /^the machine has ended before it answered; try again$/, name);
  }
  deaf.close();
});
