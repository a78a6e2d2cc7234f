// What the two TypeScript programs of the benchmark say to each other: 64 bytes each way, of several types.
import { call, contract } from "../../../sdk/contract/contract.ts";
import { string, time, u64 } from "../../../sdk/contract/field.ts";

const entry = { number: u64, at: time, name: string };

/** A method's id, two numbers and a name of 42 letters are 64 bytes. */
export const Echo = contract("bench-echo", 1, { echo: call(entry, entry) });
export const nameLetters = 42;
