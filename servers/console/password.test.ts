import { pbkdf2Sync } from "node:crypto";
import test from "ava";
import {
  betterRounds,
  type Derive,
  hashPassword,
  parsePasswordHash,
  passwordMatches,
  ROUNDS_MOST,
} from "./password.ts";

const derive: Derive = (password, salt, rounds) =>
  new Uint8Array(pbkdf2Sync(password, salt, rounds, 32, "sha256"));
const bytes = (text: string) => new Uint8Array(Buffer.from(text));

test("a password matches its own hash only", (t) => {
  const text = hashPassword(derive, bytes("dev"), new Uint8Array(16).fill(7), 1000);
  const hash = parsePasswordHash(text)!;
  t.is(hash.rounds, 1000);
  t.true(passwordMatches(derive, bytes("dev"), hash));
  t.false(passwordMatches(derive, bytes("Dev"), hash));
  t.false(passwordMatches(derive, bytes(""), hash));
});

test("texts that are no hash", (t) => {
  const good = hashPassword(derive, bytes("x"), new Uint8Array(16), 1000);
  t.truthy(parsePasswordHash(good));
  for (const bad of [
    "",
    "dev",
    good.replace("sha256", "sha1"),
    good.replace("$1000$", "$999$"),
    good.replace("$1000$", "$1e3$"),
    good.replace("$1000$", "$99999999999$"),
    good.slice(0, -1),
    good.slice(0, -2),
    `${good}$`,
    good.toUpperCase(),
  ])
    t.is(parsePasswordHash(bad), undefined, bad);
});

test("rounds grow when checks are fast", (t) => {
  t.is(betterRounds(50_000, 0.5e9), undefined);
  t.is(betterRounds(50_000, 0.26e9), undefined);
  t.is(betterRounds(50_000, 0.1e9), 250_000);
  t.is(betterRounds(50_000, 0.005e9), 5_000_000);
  t.is(betterRounds(2_000_000, 0.02e9), ROUNDS_MOST);
  t.is(betterRounds(ROUNDS_MOST, 0.6e9), undefined);
});

test("a clock that stands still changes nothing", (t) => {
  for (const elapsed of [0, 1000, 400_000]) t.is(betterRounds(50_000, elapsed), undefined);
});
