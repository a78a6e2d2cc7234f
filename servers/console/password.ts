// Password hashes: PBKDF2-HMAC-SHA256 (RFC 8018 §5.2) with its number of rounds and salt in the stored text.
// Invariant: comparing takes the same time wherever two digests differ; a text that is no hash never matches.

/** The stored text is `pbkdf2-sha256$ROUNDS$SALT$DIGEST`, salt and digest in hexadecimal. */
export interface PasswordHash {
  readonly rounds: number;
  readonly salt: Uint8Array;
  readonly digest: Uint8Array;
}

/** The native function: 32 bytes from password, salt and rounds. */
export type Derive = (password: Uint8Array, salt: Uint8Array, rounds: number) => Uint8Array;

export const ROUNDS_LEAST = 1_000;
export const ROUNDS_MOST = 50_000_000;
export const SALT_BYTES = 16;
/** What a check should take, in nanoseconds; when it takes less than half, the password is hashed again with more rounds. */
export const CHECK_TIME = 0.5e9;

/** Reads a stored hash; undefined when the text is none. */
export function parsePasswordHash(text: string): PasswordHash | undefined {
  const parts = text.split("$");
  if (parts.length !== 4 || parts[0] !== "pbkdf2-sha256") return undefined;
  const rounds = Number(parts[1]);
  const salt = parseHex(parts[2] as string);
  const digest = parseHex(parts[3] as string);
  if (!/^[0-9]{1,9}$/.test(parts[1] as string) || salt === undefined || digest === undefined)
    return undefined;
  if (rounds < ROUNDS_LEAST || rounds > ROUNDS_MOST) return undefined;
  if (salt.length < SALT_BYTES || salt.length > 64 || digest.length !== 32) return undefined;
  return { rounds, salt, digest };
}

function parseHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/.test(text)) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let index = 0; index < bytes.length; index += 1)
    bytes[index] = parseInt(text.slice(2 * index, 2 * index + 2), 16);
  return bytes;
}

function hex(bytes: Uint8Array): string {
  let text = "";
  for (let index = 0; index < bytes.length; index += 1)
    text += ((bytes[index] as number) + 256).toString(16).slice(1);
  return text;
}

/** Hashes a password. `salt`: SALT_BYTES random bytes. */
export function hashPassword(
  derive: Derive,
  password: Uint8Array,
  salt: Uint8Array,
  rounds: number,
): string {
  return `pbkdf2-sha256$${rounds}$${hex(salt)}$${hex(derive(password, salt, rounds))}`;
}

/** Whether the password belongs to the hash. */
export function passwordMatches(derive: Derive, password: Uint8Array, hash: PasswordHash): boolean {
  const digest = derive(password, hash.salt, hash.rounds);
  let difference = digest.length ^ hash.digest.length;
  for (let index = 0; index < 32; index += 1)
    difference |= (digest[index] as number) ^ (hash.digest[index] as number);
  return difference === 0;
}

/** No processor does a round in less, in nanoseconds: two compressions of SHA-256. */
const ROUND_LEAST = 10;

/**
 * Rounds for a new hash when a check of `rounds` took `elapsed` ns; undefined when the old hash is slow enough, or when the
 * clock does not count the time of computing (the simulated nucleus).
 */
export function betterRounds(rounds: number, elapsed: number): number | undefined {
  if (elapsed >= CHECK_TIME / 2 || elapsed < rounds * ROUND_LEAST) return undefined;
  const better = Math.min(Math.round((rounds * CHECK_TIME) / elapsed), ROUNDS_MOST);
  return better > rounds ? better : undefined;
}
