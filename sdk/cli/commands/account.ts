// `uusi account`: an account for `uusi image --accounts`, with its password as a salted slow hash.
import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { netProblems } from "../../contract/manifest.ts";
import { developmentAccount, passwordHash } from "../../image/development-account.ts";
import { Failure } from "../failure.ts";
import { type FlagTable, firstOf, flagHelp, parseFlags } from "../flags.ts";
import type { Command } from "../main.ts";

const permissions = developmentAccount.may;
const flags: FlagTable = {
  name: { value: "NAME", help: "small letters, digits and dashes" },
  may: { value: "LIST", help: `of ${permissions.join(",")} (all)` },
  uses: { value: "LIST", help: `names of services (${developmentAccount.uses.join(",")})` },
  connect: {
    value: "LIST",
    many: true,
    help: "where it may connect, such as tcp:*.example.org:443 (anywhere)",
  },
  listen: { value: "LIST", many: true, help: "where it may listen, such as tcp:8080 (anywhere)" },
};
const leastPassword = 6;

/** Asks on the terminal without showing what is typed; takes the first line of a pipe. */
async function readPassword(): Promise<string> {
  if (process.stdin.isTTY) process.stderr.write("Password: ");
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({
    input: process.stdin,
    output: silent,
    terminal: process.stdin.isTTY,
  });
  try {
    for await (const line of lines) return line;
    return "";
  } finally {
    lines.close();
    if (process.stdin.isTTY) process.stderr.write("\n");
  }
}

export const command: Command = {
  summary: "makes an account for `uusi image --accounts`",
  help: () => `npx uusi account --name NAME [flags] > accounts.json\n\n${flagHelp(flags)}`,
  async run(args) {
    const given = parseFlags("account", flags, args);
    const name = firstOf(given, "name") ?? "";
    if (!/^[a-z][a-z0-9-]{0,30}$/.test(name)) {
      throw new Failure("uusi account: whose? give --name NAME, in small letters", 2);
    }
    const may = firstOf(given, "may")?.split(",") ?? permissions;
    const unknown = may.find((word) => !permissions.includes(word));
    if (unknown !== undefined) {
      throw new Failure(`--may ${unknown} is not known; use of: ${permissions.join(",")}`, 2);
    }
    const uses = firstOf(given, "uses")?.split(",") ?? developmentAccount.uses;
    const password = await readPassword();
    if (password.length < leastPassword) {
      throw new Failure(`uusi account: the password needs ${leastPassword} characters or more`, 2);
    }
    const hash = passwordHash(password, randomBytes(16));
    const rules = (flag: string) => given.values.get(flag)?.flatMap((each) => each.split(","));
    const connect = rules("connect") ?? developmentAccount.net?.connect;
    const listen = rules("listen") ?? developmentAccount.net?.listen;
    const net = { connect, listen };
    const [problem] = netProblems(net);
    if (problem !== undefined) throw new Failure(`uusi account: ${problem.sentence}`, 2);
    const account = {
      name,
      password: hash,
      may,
      uses,
      ...(uses.includes("/svc/net") ? { net } : {}),
    };
    process.stdout.write(`${JSON.stringify([account], undefined, 2)}\n`);
    return 0;
  },
};
