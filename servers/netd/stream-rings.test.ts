// How the memory for rings is shared out: long ones for the first streams, some for many, and never more than there is.
import test from "ava";
import { StreamRings } from "./stream-rings.ts";
import { Connection } from "./tcp/connection.ts";
import { standardSettings } from "./tcp/settings.ts";
import { ESTABLISHED } from "./tcp/states.ts";

test("the first streams have rings for a long path, a hundred have some, and what ends makes room", (t) => {
  const account = { used: 0, limit: standardSettings.memory };
  const ends = { localAddress: 1, localPort: 2, remoteAddress: 3, remotePort: 4 };
  const all: { connection: Connection; rings: StreamRings | undefined }[] = [];
  const stream = () => {
    const connection = new Connection(1, ESTABLISHED, ends, standardSettings, account, 0);
    const make = (bytes: number) => ({
      view: {
        length: bytes,
        address: 0,
        copyIn: () => {},
        copyOut: () => {},
      } as never,
      number: 1,
      handle: () => 1,
      close: () => {},
    });
    return { connection, rings: StreamRings.share(connection, make, all.length) };
  };
  for (let one = stream(); one.rings !== undefined; one = stream()) all.push(one);
  const sizes = all.map(({ rings }) => rings!.receive.view.length);
  t.is(sizes[0], 1 << 20);
  t.true(sizes.filter((bytes) => bytes === 1 << 20).length >= 5);
  t.true(all.length >= 100, `${all.length} streams`);
  t.true(account.used <= account.limit);
  for (const { connection, rings } of all.splice(0)) rings!.end(connection);
  t.is(account.used, 0);
  t.is(stream().rings!.send.view.length, 1 << 20);
});
