/** Made from the Tape source of the same name. */
/** `fn(pool: []const u8, pieces: []u32, count: i64, runs: []u32, mac: i64) -> i32`. */
export declare function gather(pool: Uint8Array | Mapped, pieces: Uint32Array | Mapped, count: number, runs: Uint32Array | Mapped, mac: number): number;
/** `fn(pool: []const u8, pieces: []const u32, first: i64, skip: i64, bytes: i64, to: []u8, at: i64)`. */
export declare function pour(pool: Uint8Array | Mapped, pieces: Uint32Array | Mapped, first: number, skip: number, bytes: number, to: Uint8Array | Mapped, at: number): void;
/** `fn(headers: []const u8, ring: []const u8, from: i64, bytes: i64, size: i64, to: []u8, stride: i64) -> i32`. */
export declare function cut(headers: Uint8Array | Mapped, ring: Uint8Array | Mapped, from: number, bytes: number, size: number, to: Uint8Array | Mapped, stride: number): number;
/** `fn(way: []const u8, to: []u8, id: i64, ports: i64, sequence: i64, acknowledgment: i64, flags: i64, window: i64, stamp: i64, echo: i64, ring: []const u8, from: i64, bytes: i64) -> i32`. */
export declare function compose(way: Uint8Array | Mapped, to: Uint8Array | Mapped, id: number, ports: number, sequence: number, acknowledgment: number, flags: number, window: number, stamp: number, echo: number, ring: Uint8Array | Mapped, from: number, bytes: number): number;
/** In the system an array may be memory that was mapped for kernels (`Memory.mapForKernels`). */
export interface Mapped {
  readonly address: number;
  readonly length: number;
}
/** What the functions run as: "native" in the system, "WebAssembly" on Node. */
export declare const tier: string;
/** Memory of the module that arguments may lie in: no copy is made of them then. */
export declare function alloc(bytes: number): Uint8Array;
