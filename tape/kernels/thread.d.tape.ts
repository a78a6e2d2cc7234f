/** Made from the Tape source of the same name. */
/** `fn(d: []const u8, at: i64) -> i64`. */
export declare function get16(d: Uint8Array | Mapped, at: number): bigint;
/** `fn(d: []const u8, at: i64) -> i64`. */
export declare function get32(d: Uint8Array | Mapped, at: number): bigint;
/** `fn(d: []const u8, at: i64) -> i64`. */
export declare function get64(d: Uint8Array | Mapped, at: number): bigint;
/** `fn(d: []u8, at: i64, value: i64)`. */
export declare function set32(d: Uint8Array | Mapped, at: number, value: number): void;
/** `fn(d: []u8, at: i64, value: i64)`. */
export declare function set64(d: Uint8Array | Mapped, at: number, value: number): void;
/** `fn(a: []const u8) -> i64`. */
export declare function events_end(a: Uint8Array | Mapped): bigint;
/** `fn(a: []const u8) -> i64`. */
export declare function now(a: Uint8Array | Mapped): bigint;
/** `fn(a: []const u8) -> i64`. */
export declare function failed(a: Uint8Array | Mapped): bigint;
/** `fn(a: []const u8, event: i64) -> i64`. */
export declare function size(a: Uint8Array | Mapped, event: number): bigint;
/** `fn(a: []const u8, event: i64) -> i64`. */
export declare function kind(a: Uint8Array | Mapped, event: number): bigint;
/** `fn(a: []const u8, event: i64) -> i64`. */
export declare function key(a: Uint8Array | Mapped, event: number): bigint;
/** `fn(a: []const u8, event: i64) -> i64`. */
export declare function payload(a: Uint8Array | Mapped, event: number): bigint;
/** `fn(a: []const u8, event: i64) -> i64`. */
export declare function payload_end(a: Uint8Array | Mapped, event: number): bigint;
/** `fn(a: []const u8, event: i64) -> i64`. */
export declare function method(a: Uint8Array | Mapped, event: number): bigint;
/** `fn(a: []u8, deadline: i64)`. */
export declare function wake(a: Uint8Array | Mapped, deadline: number): void;
/** `fn(a: []const u8) -> i64`. */
export declare function late(a: Uint8Array | Mapped): bigint;
/** `fn(a: []const u8, h: []u32)`. */
export declare function note_late(a: Uint8Array | Mapped, h: Uint32Array | Mapped): void;
/** `fn(a: []u8, number: i64, first: i64, second: i64, third: i64)`. */
export declare function call(a: Uint8Array | Mapped, number: number, first: number, second: number, third: number): void;
/** `fn(a: []u8, address: i64, value: i64)`. */
export declare function store16(a: Uint8Array | Mapped, address: number, value: number): void;
/** `fn(a: []u8, interrupt: i64)`. */
export declare function acknowledge(a: Uint8Array | Mapped, interrupt: number): void;
/** `fn(out: i64) -> i64`. */
export declare function payload_at(out: number): bigint;
/** `fn(out: i64) -> bool`. */
export declare function has_room(out: number): boolean;
/** `fn(a: []u8, out: i64, endpoint: i64, bytes: i64) -> i64`. */
export declare function send(a: Uint8Array | Mapped, out: number, endpoint: number, bytes: number): bigint;
/** `fn(a: []const u8) -> i64`. */
export declare function owner(a: Uint8Array | Mapped): bigint;
/** `fn(a: []const u8, end: i64, endpoint: i64) -> bool`. */
export declare function failed_to(a: Uint8Array | Mapped, end: number, endpoint: number): boolean;
/** `fn(a: []u8, end: i64) -> i64`. */
export declare function once_more(a: Uint8Array | Mapped, end: number): bigint;
/** `fn(a: []u8, out: i64, event: i64) -> i64`. */
export declare function forward(a: Uint8Array | Mapped, out: number, event: number): bigint;
/** `fn(a: []const u8, event: i64) -> bool`. */
export declare function told_to_stop(a: Uint8Array | Mapped, event: number): boolean;
/** `fn(a: []u8, out: i64) -> i64`. */
export declare function stopped(a: Uint8Array | Mapped, out: number): bigint;
/** In the system an array may be memory that was mapped for kernels (`Memory.mapForKernels`). */
export interface Mapped {
  readonly address: number;
  readonly length: number;
}
/** What the functions run as: "native" in the system, "WebAssembly" on Node. */
export declare const tier: string;
/** Memory of the module that arguments may lie in: no copy is made of them then. */
export declare function alloc(bytes: number): Uint8Array;
