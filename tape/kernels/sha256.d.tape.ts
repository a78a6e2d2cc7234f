/** Made from the Tape source of the same name. */
/** `fn(state: []secret u32)`. */
export declare function start(state: Uint32Array | Mapped): void;
/** `fn(state: []secret u32, data: []const secret u8)`. */
export declare function update(state: Uint32Array | Mapped, data: Uint8Array | Mapped): void;
/** `fn(state: []secret u32, rest: []const secret u8, total: i64, out: []secret u8)`. */
export declare function finish(state: Uint32Array | Mapped, rest: Uint8Array | Mapped, total: number, out: Uint8Array | Mapped): void;
/** `fn(data: []const secret u8, out: []secret u8)`. */
export declare function sha256(data: Uint8Array | Mapped, out: Uint8Array | Mapped): void;
/** In the system an array may be memory that was mapped for kernels (`Memory.mapForKernels`). */
export interface Mapped {
  readonly address: number;
  readonly length: number;
}
/** What the functions run as: "native" in the system, "WebAssembly" on Node. */
export declare const tier: string;
/** Memory of the module that arguments may lie in: no copy is made of them then. */
export declare function alloc(bytes: number): Uint8Array;
