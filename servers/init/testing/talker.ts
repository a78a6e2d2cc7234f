// A server for tests of what is noted of messages: a quiet channel, a busy one, then a fault. As text, for serverScript. Invariant: the quiet one
// says more than is kept of it, and the busy one 10,000 messages after that.

/** Its main.ts; it needs `/svc/random`. */
export const TALKER = `
  import { connect } from "../../../sdk/runtime/connect.ts";
  import { Random } from "../../../servers/random/contract.ts";
  run(async () => {
    const quiet = await connect(Random, "/svc/random");
    const busy = await connect(Random, "/svc/random");
    ready();
    for (let i = 0; i < 40; i++) await quiet.bytes({ count: 8 });
    for (let i = 0; i < 5000; i++) await busy.bytes({ count: 16 });
    uusi.set32(0x123456789000, 1);
  });`;

interface Head {
  readonly kind: number;
  readonly word: number;
  readonly bytes: number;
  readonly cookie: number;
  readonly slot: number;
}

/** What is wrong with the heads of its two channels, in a sentence; "" nothing. `call` and `reply` are their kinds. */
export function talkerFault(
  messages: readonly Head[],
  channels: readonly { readonly slot: number; readonly count: number }[],
  { call, reply, method }: { call: number; reply: number; method: number },
): string {
  // a hello each, with its answer
  for (const [calls, asked] of [
    [40, 8],
    [5000, 16],
  ] as const) {
    const slots = channels.filter(({ count }) => count === 2 * calls + 2).map(({ slot }) => slot);
    const heads = messages.filter(({ slot }) => slot === slots[0]);
    if (slots.length !== 1 || heads.length !== 64)
      return `${slots.length} channels with ${2 * calls + 2} messages, ${heads.length} heads`;
    for (let i = 0; i < 64; i += 2) {
      const [a, b] = [heads[i]!, heads[i + 1]!];
      const sound =
        a.kind === call && a.word === method && b.kind === reply && a.cookie === b.cookie;
      if (!sound || b.word !== 0 || b.bytes !== 4 + 2 + asked)
        return `heads ${i}: ${JSON.stringify([a, b])}`;
    }
  }
  return "";
}
