/** Made from the Tape source of the same name. */
/** `fn(data: []const u8, from: i64, to: i64) -> u32`. */
export declare function part(data: Uint8Array | Mapped, from: number, to: number): number;
/** `fn(data: []const u8, seed: u32) -> u32`. */
export declare function checksum(data: Uint8Array | Mapped, seed: number): number;
/** `fn(header: []u8, at: i64) -> u32 or Problem`. Throws TapeError with a member of `Problem`. */
export declare function seal(header: Uint8Array | Mapped, at: number): number;
/** In the system an array may be memory that was mapped for kernels (`Memory.mapForKernels`). */
export interface Mapped {
  readonly address: number;
  readonly length: number;
}
/** What the functions run as: "native" in the system, "WebAssembly" on Node. */
export declare const tier: string;
/** Memory of the module that arguments may lie in: no copy is made of them then. */
export declare function alloc(bytes: number): Uint8Array;
