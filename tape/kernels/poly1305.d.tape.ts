/** Made from the Tape source of the same name. */
/** `fn(data: []const secret u8, key: []const secret u8, out: []secret u8)`. */
export declare function poly1305(data: Uint8Array | Mapped, key: Uint8Array | Mapped, out: Uint8Array | Mapped): void;
/** In the system an array may be memory that was mapped for kernels (`Memory.mapForKernels`). */
export interface Mapped {
  readonly address: number;
  readonly length: number;
}
/** What the functions run as: "native" in the system, "WebAssembly" on Node. */
export declare const tier: string;
/** Memory of the module that arguments may lie in: no copy is made of them then. */
export declare function alloc(bytes: number): Uint8Array;
