/** Made from the Tape source of the same name. */
/** `fn(to: []u8, from: []const u8)`. */
export declare function copy(to: Uint8Array, from: Uint8Array): void;
/** `fn(to: []u8, value: u8)`. */
export declare function fill(to: Uint8Array, value: number): void;
/** `fn(to: []u32, value: u32)`. */
export declare function fill32(to: Uint32Array, value: number): void;
/** What the functions run as: "native" in the system, "WebAssembly" on Node. */
export declare const tier: string;
/** Memory of the module that arguments may lie in: no copy is made of them then. */
export declare function alloc(bytes: number): Uint8Array;
