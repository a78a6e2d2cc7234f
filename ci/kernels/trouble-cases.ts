// Wrong arguments, errors, traps and loops without end: each ends in an exception that says what it was, and the next call works.
import {
  add,
  at,
  count,
  deep,
  divided,
  endless,
  half,
  said,
  small,
  unsigned,
  wide,
} from "./trouble.tape";
import { Check, type Told } from "./check.ts";
import { TapeError } from "../../sdk/runtime/kernel-trouble.ts";

/** As callers without types would call; made late, since the functions are there from `run` on. */
const loose = () =>
  ({ at, half, small, unsigned }) as unknown as {
    readonly [name: string]: (...list: unknown[]) => unknown;
  };

export function troubleCases(told: Told, tier: string): void {
  values(new Check("values", told));
  wrong(new Check("wrong arguments are refused, and nothing runs", told));
  traps(new Check("traps name their places", told));
  // Nothing stops WebAssembly in the simulated nucleus.
  if (tier !== "native") return;
  const stopped = new Check("a loop without end is stopped", told);
  stopped.throws("endless", () => endless(new Uint32Array(1)), /^TapeTrap: endless: stopped, /);
  stopped.is("the next call", at(Int16Array.of(9), 0), 9);
  stopped.end();
}

function values(check: Check): void {
  check.is("of each size", small(-128, 255, -32768, 65535), -128n + 510n - 131072n + 524280n);
  check.is("64 bits", divided(1 - 2 ** 53, 1), 1n - 2n ** 53n);
  check.is("64 bits, unsigned", unsigned(1), 2n ** 63n + 1n);
  check.is("elements", at(Int16Array.of(-3, 6, 9).subarray(1), 1), 9);
  check.is("state between calls", [count(), count()], "1,2");
  const sum = new BigUint64Array([1n, 2n ** 64n - 1n]);
  add(sum, new BigUint64Array([1n, 2n]));
  check.is("arrays of 64 bits", sum, "2,1");
  check.end();
}

function wrong(check: Check): void {
  const list = new Int16Array(4);
  const refused: [string, unknown[]][] = [
    ["at", []],
    ["at", [list]],
    ["at", [list, 0, 0]],
    ["at", [[1, 2], 0]],
    ["at", [5, 0]],
    ["at", [undefined, 0]],
    ["at", [null, 0]],
    ["at", ["text", 0]],
    ["at", [{ address: -1, length: 4 }, 0]],
    ["at", [{ address: 0x6000_0000_0000, length: 4 }, 0]],
    ["at", [{}, 0]],
    ["at", [new Uint16Array(4), 0]],
    ["at", [new Uint8Array(4), 0]],
    ["at", [new DataView(new ArrayBuffer(8)), 0]],
    ["at", [list, 0.5]],
    ["at", [list, 2 ** 53]],
    ["at", [list, Number.NaN]],
    ["at", [list, Number.POSITIVE_INFINITY]],
    ["at", [list, "0"]],
    ["at", [list, true]],
    ["at", [list, 0n]],
    ["half", [-1]],
    ["half", [2 ** 32]],
    ["small", [128, 0, 0, 0]],
    ["small", [-129, 0, 0, 0]],
    ["small", [0, 256, 0, 0]],
    ["small", [0, -1, 0, 0]],
    ["small", [0, 0, 32768, 0]],
    ["small", [0, 0, 0, 65536]],
    ["unsigned", [-1]],
  ];
  refused.forEach(([name, list], i) => {
    const f = loose()[name];
    check.throws(`${i} ${name}`, () => f?.(...list), /^TypeError: \w+: argument \d/);
  });
  check.is("the next call", at(Int16Array.of(3), 0), 3);
  check.end();
}

function traps(check: Check): void {
  const file = "ci/kernels/trouble\\.tape";
  const index = new RegExp(
    `^TapeTrap: at: index out of range at trouble\\.inner ${file}:19 < trouble\\.at ${file}:14$`,
  );
  check.throws("an index", () => at(Int16Array.of(1), 1), index);
  check.throws("below 0", () => at(Int16Array.of(1), -1), index);
  check.throws("an empty array", () => at(new Int16Array(0), 0), index);
  check.throws("division", () => divided(1, 0), /^TapeTrap: divided: division by zero at /);
  check.throws("its own words", () => said(), /^TapeTrap: said: what the kernel itself says/);
  check.throws("recursion", () => deep(1e9), /^TapeTrap: deep: stack overflow at trouble\.deep /);
  check.is("recursion that ends", deep(100), 100n);
  check.throws("frames", () => wide(1e6), /^TapeTrap: wide: stack overflow at trouble\.wide /);
  check.is("frames that fit", wide(10), 0n);
  check.throws("an error", () => half(3), /^TapeError: Problem 0$/);
  try {
    half(101);
  } catch (error) {
    check.is("its value", error instanceof TapeError && error.value, 1);
  }
  check.is("no error", half(8), 4);
  check.end();
}
