// `uusi image`: a disk image that boots from a USB stick on a UEFI machine.
import { readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { netProblems } from "../../contract/manifest.ts";
import type { ImageAccount } from "../../image/development-account.ts";
import { writeDiskImage } from "../../image/disk-image.ts";
import { buildSystem } from "../build/build-system.ts";
import { withPages } from "../build/variant-flags.ts";
import { standardVariant } from "../build/step.ts";
import { Failure } from "../failure.ts";
import { type FlagTable, firstOf, flagHelp, type Given, parseFlags } from "../flags.ts";
import type { Command } from "../main.ts";

const flags: FlagTable = {
  out: { value: "FILE", help: "the image to write, such as leivos.img" },
  accounts: { value: "FILE", help: "JSON list of accounts: name, password (hash), may, uses" },
  "allow-development-password": { help: "ships the documented development account" },
  www: { value: "FOLDER", help: "what httpd serves at port 80 (servers/httpd/files)" },
  verbose: { help: "shows the build's commands" },
};

/** Paths on the command line start where the command was called. */
export function fromCaller(path: string): string {
  return isAbsolute(path) ? path : join(process.env.UUSI_CALLED_FROM ?? "", path);
}

function readAccounts(path: string): ImageAccount[] {
  let accounts: unknown;
  try {
    accounts = JSON.parse(readFileSync(fromCaller(path), "utf8"));
  } catch (error) {
    throw new Failure(`--accounts ${path} can't be read: ${(error as Error).message}`, 2);
  }
  const isText = (value: unknown) => typeof value === "string";
  const isList = (value: unknown) => Array.isArray(value) && value.every(isText);
  const sound = (account: Partial<ImageAccount> | null) =>
    isText(account?.name) &&
    /^pbkdf2-sha256\$\d+\$[0-9a-f]{32,128}\$[0-9a-f]{64}$/.test(account?.password ?? "") &&
    isList(account?.may) &&
    isList(account?.uses) &&
    (account?.net === undefined || netProblems(account.net).length === 0);
  if (Array.isArray(accounts) && accounts.length > 0 && accounts.every(sound)) return accounts;
  const form =
    '[{"name":"...","password":"pbkdf2-sha256$...","may":["see"],"uses":["/svc/net"],"net":{"connect":["tcp:*:443"]}}]';
  throw new Failure(`--accounts ${path} is no list of accounts; write: ${form}`, 2);
}

/** Who can log in: never the documented account unless that is asked for. */
function accountsOf(given: Given) {
  const path = firstOf(given, "accounts");
  const development = given.switches.has("allow-development-password");
  if (path === undefined && !development) {
    throw new Failure(
      "uusi image: the only account is the development account, whose password is public; " +
        "give --accounts FILE, or --allow-development-password for a test machine",
      2,
    );
  }
  return { development, accounts: path === undefined ? [] : readAccounts(path) };
}

export const command: Command = {
  summary: "writes a bootable disk image, without root or mount",
  help: () => `npx uusi image --out FILE [flags]\n\n${flagHelp(flags)}`,
  async run(args) {
    const given = parseFlags("image", flags, args);
    const out = firstOf(given, "out");
    if (out === undefined) throw new Failure("uusi image: where to? give --out leivos.img", 2);
    const { development, accounts } = accountsOf(given);
    const say = (line: string) => void process.stderr.write(`${line}\n`);
    const shipped = development && accounts.length === 0;
    const variant = shipped
      ? standardVariant
      : { ...standardVariant, out: "build/variants/image", development };
    const built = await buildSystem(
      withPages(variant, firstOf(given, "www")),
      say,
      given.switches.has("verbose"),
      accounts,
    );
    writeDiskImage(fromCaller(out), {
      loader: readFileSync(built.loader),
      boot: readFileSync(built.boot),
      options: {},
    });
    say(`image: ${out} (write it to a USB stick with: dd if=${out} of=/dev/sdX bs=4M)`);
    return 0;
  },
};
