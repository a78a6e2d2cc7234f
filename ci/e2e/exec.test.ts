// Tape from the host: `uusi exec` and `uusi shell` against a booted guest.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { recordMachine } from "../../sdk/cli/channel/machines.ts";
import { bootedGuest } from "../qemu/booted-guest.ts";

/** Runs `uusi` as a person does; `stop` sends ^C once the output matches. */
function uusi(
  args: readonly string[],
  { input, stop }: { readonly input?: string; readonly stop?: RegExp } = {},
): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(process.cwd(), "sdk/cli/uusi.mjs"), ...args], {
      stdio: ["pipe", "pipe", "pipe"],
    });
    let out = "";
    let err = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text;
      if (stop?.test(out)) {
        child.kill("SIGINT");
        stop = undefined;
      }
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      err += text;
    });
    child.stdin.end(input ?? "");
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, out, err }));
  });
}

test("expressions, scripts and conversations run from the host", async (t) => {
  const guest = await bootedGuest({ machine: { channel: true }, options: { netd_wait: "30000" } });
  const { machine, forget } = recordMachine(guest.channel);
  const exec = (...args: string[]) => uusi(["exec", "--machine", machine.name, ...args]);
  try {
    t.deepEqual(await exec("6 * 7"), { code: 0, out: "42\n", err: "" });
    t.regex((await exec("ps()")).out, /^ *ID +NAME +STATE .*\n +1 +init +running /);
    const { out, err } = await exec("--json", 'ps() |> where(fn(p) => p.name == "netd")');
    t.is(err, "");
    t.like(JSON.parse(out), [{ name: "netd", state: "running" }]);
    t.is((await exec("--json", "net.status().address")).out, '"10.0.2.15"\n');
    t.is((await exec("--json", "let a = 1")).out, "null\n");
    t.is((await exec("fn main() -> i64 { return 7; }")).code, 7);
    const error = await exec("1 + nothing");
    t.is(error.code, 1);
    t.regex(error.out, /^script.tape:1:5: error\[T0305\]/);
    const power = await exec("poweroff()");
    t.is(power.code, 1);
    t.regex(power.out, /^trap: server dev may not: add "power"/);

    const endless = ["exec", "--machine", machine.name, 'while (true) { io.println("again"); }'];
    t.is((await uusi(endless, { stop: /again\n/ })).code, 130);

    const file = 'for (i in 0..3) { io.println("{i}"); }\n';
    const read = await uusi(["exec", "--machine", machine.name, "--file", "-"], { input: file });
    t.is(read.out, "0\n1\n2\n");

    const page = await exec("tape page.tb");
    t.deepEqual([page.code, page.out], [2, "tape page.tb HOST PORT [PATH]\n"]);
    t.regex((await exec('log("tape")')).out, /script page\.tb: native/);

    const example = "tape/examples/system/service";
    const service = await exec("--file", `${example}.tape`);
    t.is(service.out, readFileSync(`${example}.txt`, "utf8"));

    const input =
      "let a = 20\nfn twice(n: i64) -> i64 {\nreturn n * 2;\n}\ntwice(a) + 2\nnothing\n";
    const shell = await uusi(["shell", "--machine", machine.name], { input });
    t.is(shell.out, "42\nthere is no command `nothing`; `help` lists them\n");
    t.is(shell.code, 1);
  } finally {
    forget();
    await guest.close();
  }
});
