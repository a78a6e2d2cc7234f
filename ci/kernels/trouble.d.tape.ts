/** Made from the Tape source of the same name. */
/** `fn(n: u32) -> u32 or Problem`. Throws TapeError with a member of `Problem`. */
export declare function half(n: number): number;
/** `fn(list: []const i16, place: i64) -> i32`. */
export declare function at(list: Int16Array | Mapped, place: number): number;
/** `fn(a: i64, b: i64) -> i64`. */
export declare function divided(a: number, b: number): bigint;
/** `fn(a: u64) -> u64`. */
export declare function unsigned(a: number): bigint;
/** `fn(a: i8, b: u8, c: i16, d: u16) -> i64`. */
export declare function small(a: number, b: number, c: number, d: number): bigint;
/** `fn()`. */
export declare function said(): void;
/** `fn(n: i64) -> i64`. */
export declare function deep(n: number): bigint;
/** `fn(n: i64) -> i64`. */
export declare function wide(n: number): bigint;
/** `fn() -> i32`. */
export declare function count(): number;
/** `fn(flag: []const u32)`. */
export declare function endless(flag: Uint32Array | Mapped): void;
/** `fn(to: []u64, from: []const u64)`. */
export declare function add(to: BigUint64Array | Mapped, from: BigUint64Array | Mapped): void;
/** In the system an array may be memory that was mapped for kernels (`Memory.mapForKernels`). */
export interface Mapped {
  readonly address: number;
  readonly length: number;
}
/** What the functions run as: "native" in the system, "WebAssembly" on Node. */
export declare const tier: string;
/** Memory of the module that arguments may lie in: no copy is made of them then. */
export declare function alloc(bytes: number): Uint8Array;
