// How commands end that fail or are refused, with --json and without, as their callers see it: what is written where, and the exit code.
import { spawn } from "node:child_process";
import { join } from "node:path";
import test from "ava";
import { root } from "../../ci/setup/paths.mjs";
import { fakeSystems } from "./channel/testing/fake-systems.ts";
import { Failure, failureEnd } from "./failure.ts";

const { system, close } = fakeSystems();
test.after.always(close);

/** Runs the command to its end. */
function uusi(...args: string[]): Promise<{ code: number | null; output: string; errors: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, "sdk/cli/main.ts"), ...args], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [output, errors] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (part: string) => {
      output += part;
    });
    child.stderr.setEncoding("utf8").on("data", (part: string) => {
      errors += part;
    });
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, output, errors }));
  });
}

test("a failure as text and as JSON", (t) => {
  const failure = new Failure('there is no "x"; npx uusi ps lists them', 2);
  t.deepEqual(failureEnd(failure, ["state", "x"]), {
    exitCode: 2,
    output: "",
    errors: 'there is no "x"; npx uusi ps lists them\n',
  });
  const { exitCode, output, errors } = failureEnd(failure, ["state", "x", "--json"]);
  t.deepEqual([exitCode, errors], [2, ""]);
  t.deepEqual(JSON.parse(output), { failure: failure.message, exit: 2 });
  t.regex(failureEnd(new Error("a fault"), []).errors, /^Error: a fault\n {4}at /);
  t.is(failureEnd(new Error("a fault"), ["--json"]).output, '{"failure":"a fault","exit":1}\n');
  const host = Object.assign(new Error("install qemu"), { name: "HostError" });
  t.deepEqual(failureEnd(host, []), { exitCode: 2, output: "", errors: "install qemu\n" });
});

test("the command itself: wrong use, and no such machine", async (t) => {
  for (const args of [["state"], ["swap"], ["stat", "netd"], ["ps", "--target", "/dev/no-port"]]) {
    const [text, json] = await Promise.all([uusi(...args), uusi(...args, "--json")]);
    t.is(json.code, text.code, args.join(" "));
    t.is(json.errors, "");
    t.deepEqual(JSON.parse(json.output), { failure: text.errors.trimEnd(), exit: text.code });
    t.is(text.output, "");
  }
});

test("a swap and a rollback say as JSON how they ended", async (t) => {
  const answers: Record<string, object> = {
    push: { held: true, base: "" },
    swap: { kind: "refused", line: "refused random because it throws", along: [], again: false },
    rollback: { kind: "swapped", line: "swapped random 4 ms", along: [], again: false },
  };
  const { path, server } = await system("json", (call) => ({ reply: answers[call] }));
  const [swap, back] = await Promise.all([
    uusi("swap", "random", "--target", path, "--json"),
    uusi("rollback", "random", "--target", path, "--json"),
  ]);
  t.is(swap.errors, "");
  const { digest, size, ms, ...rest } = JSON.parse(swap.output);
  t.regex(digest, /^[0-9a-f]{64}$/);
  t.true(size > 1000);
  t.deepEqual(Object.keys(ms), ["bundle", "push", "swap"]);
  t.deepEqual([swap.code, back.code], [1, 0]);
  const common = { server: "random", along: [], again: false, tries: 1 };
  t.deepEqual(rest, {
    ...common,
    kind: "refused",
    line: "refused random because it throws",
    sent: 0,
  });
  t.deepEqual(JSON.parse(back.output), { ...common, kind: "swapped", line: "swapped random 4 ms" });
  server.close();
});
