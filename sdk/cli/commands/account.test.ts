// An account that the command makes is one that the image and init accept.
import { spawnSync } from "node:child_process";
import { pbkdf2Sync } from "node:crypto";
import { join } from "node:path";
import test from "ava";
import { parseConfiguration } from "../../../servers/init/configuration.ts";

function uusiAccount(input: string, ...args: string[]) {
  const entry = join(process.cwd(), "sdk/cli/uusi.mjs");
  const argv = [entry, "account", ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { input, encoding: "utf8" });
  return { code: status, out: stdout, errors: stderr };
}

test("the hash belongs to the password, and init takes the account", (t) => {
  const { code, out, errors } = uusiAccount(
    "correct horse\n",
    "--name",
    "anna",
    "--may",
    "see,log",
  );
  t.is(code, 0, errors);
  t.notRegex(out, /correct/);
  const accounts = JSON.parse(out);
  const read = parseConfiguration(JSON.stringify({ accounts, servers: [], development: false }));
  t.deepEqual(read.problems, []);
  t.is(read.accounts[0]!.name, "anna");
  t.deepEqual(read.accounts[0]!.may, ["see", "log"]);
  const [, rounds, salt, digest] = read.accounts[0]!.password.split("$");
  const expected = pbkdf2Sync(
    "correct horse",
    Buffer.from(salt!, "hex"),
    Number(rounds),
    32,
    "sha256",
  );
  t.is(digest, expected.toString("hex"));
});

test("two accounts with one password have different hashes", (t) => {
  const make = () => JSON.parse(uusiAccount("correct horse\n", "--name", "anna").out)[0].password;
  t.not(make(), make());
});

for (const [what, input, args, message] of [
  ["no name", "correct horse\n", [], /give --name/],
  ["a bad name", "correct horse\n", ["--name", "Anna"], /give --name/],
  ["an unknown permission", "correct horse\n", ["--name", "a", "--may", "fly"], /--may fly/],
  ["a short password", "abc\n", ["--name", "a"], /6 characters/],
  ["no password", "", ["--name", "a"], /6 characters/],
] as const) {
  test(`${what}: one line and exit code 2`, (t) => {
    const { code, out, errors } = uusiAccount(input, ...args);
    t.is(code, 2);
    t.is(out, "");
    t.regex(errors, message);
  });
}
