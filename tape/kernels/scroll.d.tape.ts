/** Made from the Tape source of the same name. */
/** `fn(pixels: []u32, stride: i64, width: i64, height: i64, by: i64, value: u32)`. */
export declare function scroll(pixels: Uint32Array | Mapped, stride: number, width: number, height: number, by: number, value: number): void;
/** In the system an array may be memory that was mapped for kernels (`Memory.mapForKernels`). */
export interface Mapped {
  readonly address: number;
  readonly length: number;
}
/** What the functions run as: "native" in the system, "WebAssembly" on Node. */
export declare const tier: string;
/** Memory of the module that arguments may lie in: no copy is made of them then. */
export declare function alloc(bytes: number): Uint8Array;
