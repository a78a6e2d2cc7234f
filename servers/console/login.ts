// Proves who somebody is: hash from init, the native key derivation, a pause after a wrong password, then a session.
// Invariant: an unknown account takes the same way as a known one up to the comparison, which never succeeds.
import type { Client } from "../../sdk/contract/client.ts";
import type { Contract, Methods } from "../../sdk/contract/contract.ts";
import { Failure } from "../../sdk/contract/failure.ts";
import { uusi } from "../../sdk/runtime/binding.ts";
import { openName } from "../../sdk/runtime/connect.ts";
import { open } from "../../sdk/runtime/open.ts";
import { randomBytes } from "../../sdk/runtime/random.ts";
import { systemCalls } from "../../sdk/runtime/system-call.ts";
import { sleep } from "../../sdk/runtime/timers.ts";
import { type Accounts, Session } from "../init/contract.ts";
import { Tape } from "../tape/contract.ts";
import { type LoginThrottle, loginRight, loginWrong } from "./login-throttle.ts";
import {
  betterRounds,
  hashPassword,
  parsePasswordHash,
  passwordMatches,
  SALT_BYTES,
} from "./password.ts";
import type { Shell } from "./session.ts";
import { shell } from "./shell.ts";

const derive = (password: Uint8Array, salt: Uint8Array, rounds: number) =>
  uusi.pbkdf2(password, salt, rounds);
const time = () => uusi.sys(systemCalls.clock);

/** A shell for the account, or a sentence. */
export async function login(
  accounts: Client<typeof Accounts>,
  throttle: LoginThrottle,
  account: string,
  password: Uint8Array,
): Promise<Shell | string> {
  const stored = await accounts.hash({ account });
  if (stored instanceof Failure) return stored.sentence;
  const hash = parsePasswordHash(stored.hash);
  if (hash === undefined) return "the account's password hash is damaged; build the image again";
  const begin = time();
  const right = passwordMatches(derive, password, hash);
  const rounds = betterRounds(hash.rounds, time() - begin);
  if (!right) {
    await sleep(loginWrong(throttle));
    return "login incorrect";
  }
  loginRight(throttle);
  await sleep(0); // another turn: the engine limits the time of each
  if (rounds !== undefined) await rehash(accounts, account, password, rounds);
  const opened = await accounts.session({ account });
  if (opened instanceof Failure) return opened.sentence;
  return shellOver(account, opened.session);
}

/** A shell over the handle of an account's session, with the interpreter that it has had, if any. */
export function shellOver(account: string, number: number, interpreter?: number): Shell {
  const session = open(Session, number);
  const process = {
    pause: sleep,
    open: async <M extends Methods>(contract: Contract<M>, name: string) => {
      const channel = await openName(session, name);
      return channel instanceof Failure ? channel : open(contract, channel);
    },
  };
  const place = interpreter === undefined ? undefined : open(Tape, interpreter);
  return shell(account, session, process, place);
}

/** Keeps a slower hash for the next login; without random numbers for a salt the old one stays. */
async function rehash(
  accounts: Client<typeof Accounts>,
  account: string,
  password: Uint8Array,
  rounds: number,
): Promise<void> {
  const salt = randomBytes(SALT_BYTES);
  if (salt instanceof Failure) return;
  await accounts.rehash({ account, hash: hashPassword(derive, password, salt, rounds) });
}
