// Which machine a command means, with none, one, several, and files of processes that are gone.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { findMachine, recordMachine, runningMachines } from "./machines.ts";

const fresh = () => mkdtempSync(join(tmpdir(), "leivos-machines-"));

test("none: the cure is named", (t) => {
  const folder = fresh();
  t.throws(() => findMachine(undefined, folder), { message: /no machine runs; .*uusi boot/ });
  t.throws(() => findMachine("1", folder), { message: /no machine runs/ });
  rmSync(folder, { recursive: true });
});

test("one is meant without a name, of several one must be named", (t) => {
  const folder = fresh();
  const first = recordMachine("/run/a", folder);
  t.is(findMachine(undefined, folder).channel, "/run/a");
  const second = recordMachine("/run/b", folder);
  t.deepEqual([first.machine.name, second.machine.name], ["1", "2"]);
  t.throws(() => findMachine(undefined, folder), { message: /--machine: 1, 2$/ });
  t.is(findMachine("2", folder).channel, "/run/b");
  t.throws(() => findMachine("3", folder), { message: /no machine 3; running: 1, 2/ });
  first.forget();
  t.is(findMachine(undefined, folder).channel, "/run/b");
  second.forget();
  t.deepEqual(runningMachines(folder), []);
  rmSync(folder, { recursive: true });
});

test("a number that was given back is another's, at the exit of its first owner too", (t) => {
  const folder = fresh();
  const first = recordMachine("/run/a", folder);
  first.forget();
  const second = recordMachine("/run/b", folder);
  t.is(second.machine.name, "1");
  first.forget();
  t.is(findMachine("1", folder).channel, "/run/b");
  second.forget();
  rmSync(folder, { recursive: true });
});

test("what a dead process left, and files that are none, count as nothing", (t) => {
  const folder = fresh();
  const { pid } = spawnSync(process.execPath, ["--version"]);
  writeFileSync(join(folder, "1.json"), JSON.stringify({ name: "1", channel: "/run/x", pid }));
  writeFileSync(join(folder, "2.json"), "{");
  t.deepEqual(runningMachines(folder), []);
  const { machine, forget } = recordMachine("/run/a", folder);
  t.is(machine.name, "1");
  forget();
  t.false(existsSync(join(folder, "1.json")));
  rmSync(folder, { recursive: true });
});
