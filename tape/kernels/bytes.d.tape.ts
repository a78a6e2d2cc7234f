/** Made from the Tape source of the same name. */
/** `fn(to: []u8, from: []const u8)`. */
export declare function copy(to: Uint8Array | Mapped, from: Uint8Array | Mapped): void;
/** `fn(to: []u8, value: u8)`. */
export declare function fill(to: Uint8Array | Mapped, value: number): void;
/** `fn(to: []u32, value: u32)`. */
export declare function fill32(to: Uint32Array | Mapped, value: number): void;
/** In the system an array may be memory that was mapped for kernels (`Memory.mapForKernels`). */
export interface Mapped {
  readonly address: number;
  readonly length: number;
}
/** What the functions run as: "native" in the system, "WebAssembly" on Node. */
export declare const tier: string;
/** Memory of the module that arguments may lie in: no copy is made of them then. */
export declare function alloc(bytes: number): Uint8Array;
