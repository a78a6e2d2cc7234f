// Proof of accounts for the console: hashes out, sessions in. Only a server whose manifest uses /svc/accounts gets here.
// Invariant: an unknown account answers like a known one, with a hash that no password matches.
import { Failure, failures, refuse } from "../../sdk/contract/failure.ts";
import { type Service, service } from "../../sdk/contract/server.ts";
import { Endpoint } from "../../sdk/runtime/endpoint.ts";
import type { Account } from "./configuration.ts";
import { Accounts, type Session } from "./contract.ts";
import { accountGrantee, type Grantee } from "./grantee.ts";
import { kept } from "./kept.ts";
import type { SystemState } from "./system-state.ts";

/** A hash of nothing: the digest is no digest of a password that anybody knows. The rounds are those of a real account. */
function decoy(accounts: readonly Account[]): string {
  const rounds = accounts[0]?.password.split("$")[1] ?? "50000";
  return `pbkdf2-sha256$${rounds}$${"00".repeat(16)}$${"00".repeat(32)}`;
}

/** Serves the accounts of `system`. */
export function accountService(
  system: SystemState,
  sessions: Service<typeof Session.methods, Grantee>,
): Service<typeof Accounts.methods, object> {
  const find = (name: string) => system.accounts.find((each) => each.name === name);
  return service<typeof Accounts.methods, object>(Accounts, {
    opened: (peer) => {
      peer.session = {};
      kept.changed();
    },
    closed: kept.changed,
    hash: ({ account }) => ({ hash: find(account)?.password ?? decoy(system.accounts) }),
    rehash: ({ account, hash }) => {
      const found = find(account);
      if (found === undefined) return refuse(failures.NOT_FOUND, `there is no account ${account}`);
      if (!/^pbkdf2-sha256\$[0-9]{4,9}\$[0-9a-f]{32,128}\$[0-9a-f]{64}$/.test(hash))
        return refuse(failures.INVALID, "that is no pbkdf2-sha256 hash");
      found.password = hash;
      kept.changed();
      return {};
    },
    session: ({ account }) => {
      const found = find(account);
      if (found === undefined) return refuse(failures.NOT_FOUND, `there is no account ${account}`);
      const pair = Endpoint.pair();
      if (pair instanceof Failure) return pair;
      sessions.accept(new Endpoint(pair.near), account).session = accountGrantee(found);
      return { session: pair.far };
    },
  });
}
