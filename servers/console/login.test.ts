import { pbkdf2Sync } from "node:crypto";
import test from "ava";
import type { Client } from "../../sdk/contract/client.ts";
import type { Binding } from "../../sdk/runtime/binding.ts";
import type { Accounts } from "../init/contract.ts";

// A processor for the test: its clock moves by what a derivation costs.
const processor = { now: 0, nanosecondsPerRound: 100, seeded: true };
(globalThis as unknown as { uusi: Partial<Binding> }).uusi = {
  buffer: new ArrayBuffer(65_536),
  pbkdf2: (password, salt, rounds) => {
    processor.now += rounds * processor.nanosecondsPerRound;
    return new Uint8Array(pbkdf2Sync(password, salt, 1000, 32, "sha256"));
  },
  sys: () => processor.now,
  random: (into) => {
    if (processor.seeded) into.fill(7);
    return processor.seeded;
  },
};
const { login } = await import("./login.ts");
const { hashPassword, parsePasswordHash } = await import("./password.ts");
const { runTimers } = await import("../../sdk/runtime/timers.ts");

const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const derive = (password: Uint8Array, salt: Uint8Array) =>
  new Uint8Array(pbkdf2Sync(password, salt, 1000, 32, "sha256"));

/** One login at a speed; what became of the hash. The session itself is refused: it is not what is tested. */
async function attempt(nanosecondsPerRound: number, password: string, seeded = true) {
  processor.nanosecondsPerRound = nanosecondsPerRound;
  processor.seeded = seeded;
  let stored = hashPassword(derive, bytes("dev"), new Uint8Array(16), 50_000);
  const { Failure } = await import("../../sdk/contract/failure.ts");
  const accounts = {
    hash: async () => ({ hash: stored }),
    rehash: async ({ hash }: { hash: string }) => {
      stored = hash;
      return {};
    },
    session: async () => new Failure(8, "no sessions here"),
  } as unknown as Client<typeof Accounts>;
  let answer: unknown;
  const throttle = { wrong: 0 };
  const done = login(accounts, throttle, "dev", bytes(password)).then((result) => {
    answer = result;
  });
  for (let turn = 0; turn < 20 && answer === undefined; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    runTimers(turn * 1e9);
  }
  await done;
  return { answer, rounds: parsePasswordHash(stored)?.rounds, throttle };
}

test.serial("a fast processor hashes again with more rounds", async (t) => {
  const { answer, rounds } = await attempt(100, "dev");
  t.is(answer, "no sessions here");
  t.is(rounds, 5_000_000);
});

test.serial("a slow one leaves the hash, and so does a wrong password", async (t) => {
  t.is((await attempt(8000, "dev")).rounds, 50_000);
  const wrong = await attempt(100, "Dev");
  t.is(wrong.answer, "login incorrect");
  t.is(wrong.rounds, 50_000);
  t.is(wrong.throttle.wrong, 1);
});

test.serial("without random numbers for a salt the old hash stays", async (t) => {
  t.is((await attempt(100, "dev", false)).rounds, 50_000);
});
