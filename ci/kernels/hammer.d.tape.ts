/** Made from the Tape source of the same name. */
/** `fn(bytes: []u8, at: i64, mask: u8, rounds: i64) -> u8`. */
export declare function hammer(bytes: Uint8Array | Mapped, at: number, mask: number, rounds: number): number;
/** In the system an array may be memory that was mapped for kernels (`Memory.mapForKernels`). */
export interface Mapped {
  readonly address: number;
  readonly length: number;
}
/** What the functions run as: "native" in the system, "WebAssembly" on Node. */
export declare const tier: string;
/** Memory of the module that arguments may lie in: no copy is made of them then. */
export declare function alloc(bytes: number): Uint8Array;
