// The server's half of the hello exchange (docs/wire.md): which of the client's methods are not served in its shape.
import type { Reader } from "./channel.ts";
import type { Compiled } from "./compiled.ts";
import { Failure, failures } from "./failure.ts";

/** The answer to a client that says exactly the server's own hello. */
export const SAME: number[] = [];

/** The words of a hello after the method id. */
export function helloWords(reader: Reader): number[] {
  const first = (reader.at >> 2) + 1;
  return Array.from(reader.words.subarray(first, reader.end >> 2));
}

/** Ids of methods that the server does not serve in the client's shape, or why the channel is refused. */
export function helloAnswer(compiled: Compiled, reader: Reader): number[] | Failure {
  const { hello, name } = compiled;
  const { words } = reader;
  const first = (reader.at >> 2) + 1;
  const count = (reader.end - reader.at - 4) >> 2;
  if (count < 2 || reader.handleCount !== 0 || reader.end - reader.at !== 4 + count * 4)
    return new Failure(failures.MALFORMED, `${name}: hello is malformed`);
  // clients built from the same contract say exactly the server's own hello
  if (count === hello.length) {
    let i = 0;
    while (i < count && words[first + i] === hello[i]) i++;
    if (i === count) return SAME;
  }
  if (words[first] !== hello[0])
    return new Failure(
      failures.INVALID,
      `this is a ${name} service; the client speaks another contract`,
    );
  if (words[first + 1]! >>> 16 !== (count - 2) / 2)
    return new Failure(failures.MALFORMED, `${name}: hello is malformed`);
  return unservedMethods(compiled, words.subarray(first, first + count));
}

/** Ids of the methods in the words of a hello that are not served in the shape they say. */
export function unservedMethods(compiled: Compiled, hello: ArrayLike<number>): number[] {
  const unserved: number[] = [];
  for (let i = 2; i < hello.length; i += 2) {
    const id = hello[i]!;
    const place = compiled.find(id);
    if (place < 0 || compiled.methods[place]!.hash !== hello[i + 1]) unserved.push(id);
  }
  return unserved;
}
