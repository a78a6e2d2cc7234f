/** Made from the Tape source of the same name. */
/** `fn(a: []u8, s: []u32, t: []u64, h: []u32) -> i32`. */
export declare function ticker(a: Uint8Array | Mapped, s: Uint32Array | Mapped, t: BigUint64Array | Mapped, h: Uint32Array | Mapped): number;
/** In the system an array may be memory that was mapped for kernels (`Memory.mapForKernels`). */
export interface Mapped {
  readonly address: number;
  readonly length: number;
}
/** What the functions run as: "native" in the system, "WebAssembly" on Node. */
export declare const tier: string;
/** Memory of the module that arguments may lie in: no copy is made of them then. */
export declare function alloc(bytes: number): Uint8Array;
