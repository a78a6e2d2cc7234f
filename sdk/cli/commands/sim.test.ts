// `uusi sim` as a person uses it: to the prompt, through a session, with flags that do not exist.
import { spawn } from "node:child_process";
import test from "ava";

/** Runs the command; `dialogue` types each text once the output ends with what stands before it. */
function sim(args: string[], dialogue: [RegExp, string][] = []) {
  return new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
    const child = spawn(process.execPath, ["sdk/cli/uusi.mjs", "sim", ...args], {
      env: { ...process.env, UUSI_CALLED_FROM: process.cwd() },
    });
    let out = "";
    let err = "";
    child.stderr.on("data", (data) => {
      err += data;
    });
    child.stdout.on("data", (data) => {
      out += data;
      const [next] = dialogue;
      if (next?.[0].test(out)) {
        dialogue.shift();
        child.stdin.write(next[1]);
      }
    });
    child.on("close", (code) => resolve({ code, out, err }));
  });
}

test("--until login exits 0 with the transcript", async (t) => {
  const { code, out } = await sim(["--until", "login", "--cpus", "3"]);
  t.is(code, 0);
  const lines = out.split(/\r?\n/).filter((line) => /^\[ok\]|^leivos/.test(line));
  t.deepEqual(lines, [
    "[ok] scheduler: 3 logical CPUs",
    "[ok] netd: dhcp BOUND ip=10.0.2.15",
    "leivos login: ",
  ]);
});

test("without a card, and without a server", async (t) => {
  const { code, out } = await sim(["--until", "login", "--net", "none", "--without", "random"]);
  t.is(code, 0);
  t.notRegex(out, /\[ok\] netd/);
});

test("a session in real time, to power off", async (t) => {
  const { code, out, err } = await sim(
    [],
    [
      [/leivos login: $/, "dev\n"],
      [/Password: $/, "dev\n"],
      [/leivos\$ $/, "echo hello there\n"],
      [/hello there\r?\nleivos\$ $/, "poweroff\n"],
    ],
  );
  t.is(code, 0);
  t.regex(out, /\nhello there\r?\n/);
  t.regex(err, /sim: powered off/);
});

test("what is not known is refused with one line and code 2", async (t) => {
  for (const args of [
    ["--seeds", "1"],
    ["--cpus", "9"],
    ["extra"],
    ["--net", "tap"],
    ["--without", "A B"],
  ]) {
    const { code, err } = await sim(args);
    t.is(code, 2, args.join(" "));
    t.is(err.trim().split("\n").length, 1, err);
  }
});
