/** Made from the Tape source of the same name. */
/** `fn(data: []const secret u8, key: []const secret u8, out: []secret u8)`. */
export declare function poly1305(data: Uint8Array, key: Uint8Array, out: Uint8Array): void;
/** What the functions run as: "native" in the system, "WebAssembly" on Node. */
export declare const tier: string;
/** Memory of the module that arguments may lie in: no copy is made of them then. */
export declare function alloc(bytes: number): Uint8Array;
