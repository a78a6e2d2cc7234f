// One QuickJS engine for one simulated process: a WebAssembly instance of its own with a memory limit, so that nothing of one server can
// reach another. It speaks to the engine's C layer directly: a call from JavaScript to the host costs well under a microsecond this way.
// Invariant: once `broken` is set the engine's state is unknown and nothing of it runs again.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type {
  EmscriptenModuleLoader,
  EvalDetectModule,
  EvalFlags,
  HostRefId,
  IntrinsicsFlags,
  JSContextPointer,
  JSRuntimePointer,
  JSValuePointer,
  QuickJSEmscriptenModule,
  QuickJSFFI,
  QuickJSSyncVariant,
} from "@jitl/quickjs-ffi-types";
import packaged from "@jitl/quickjs-ng-wasmfile-release-sync";
import { type EngineClock, fixTime } from "./engine-imports.ts";

/** Pages of 64 KiB: what the engine's build asks for at least, and the most that it may grow to. */
const LEAST_PAGES = 256;
const MOST_PAGES = 4096;
/** 0 asks for all that the engine has; any set of flags leaves BigInt and weak references out. */
const EVERY_INTRINSIC = 0 as IntrinsicsFlags;

/** Bytes of the head of each collected object and of a function's fixed part, and the type of such an object (quickjs.c). */
const GC_HEAD = 16;
const FUNCTION_HEAD = 48;
const FUNCTION_BYTECODE = 1;

/** Unwraps the `default` layers that CommonJS and ES modules put around each other. */
function untagged<T>(value: unknown): T {
  const inner = value as { default?: unknown };
  return inner.default !== undefined ? untagged<T>(inner.default) : (value as T);
}

const compiled = (async () => {
  const at = import.meta.resolve("@jitl/quickjs-ng-wasmfile-release-sync/wasm");
  const module = await WebAssembly.compile(readFileSync(fileURLToPath(at)));
  const variant = untagged<QuickJSSyncVariant>(packaged);
  const load = untagged<EmscriptenModuleLoader<QuickJSEmscriptenModule>>(
    await variant.importModuleLoader(),
  );
  const Ffi = untagged<new (module: QuickJSEmscriptenModule) => QuickJSFFI>(
    await variant.importFFI(),
  );
  return { module, load, Ffi };
})();

/** An exception that left the engine: what `String(error)` says and the stack of the engine's JavaScript. */
export interface EngineError {
  name: string;
  message: string;
  stack: string;
}

/** What the engine's JavaScript may call: arguments by number, the result a number, a string or nothing. */
export interface HostArguments {
  number(index: number): number;
  text(index: number): string;
}
export type HostFunction = (args: HostArguments) => number | string | undefined;

/** What an engine takes from its machine. */
export interface EngineLimits {
  /** bytes that the engine may allocate */
  memory: number;
  /** bytes of its own stack */
  stack: number;
  /** what the engine's Date shows; default: 1970 */
  clock?: EngineClock;
}

export class Engine {
  readonly #module: QuickJSEmscriptenModule;
  readonly #ffi: QuickJSFFI;
  readonly #runtime: JSRuntimePointer;
  readonly #context: JSContextPointer;
  readonly #functions: HostFunction[] = [];
  readonly #arguments: HostArguments;
  #argv = 0 as JSValuePointer;
  #argc = 0;
  /** asked about every 10,000 steps of the engine; true ends the script with an exception that it can't catch */
  interrupt: () => boolean = () => false;
  /** the host's own stack or the WebAssembly instance gave out */
  broken = "";

  /** A fresh instance. */
  static async create(limits: EngineLimits): Promise<Engine> {
    const { module, load, Ffi } = await compiled;
    const wasmMemory = new WebAssembly.Memory({ initial: LEAST_PAGES, maximum: MOST_PAGES });
    const instance = await load({
      wasmMemory,
      instantiateWasm: (
        imports: WebAssembly.Imports,
        done: (made: WebAssembly.Instance) => void,
      ) => {
        fixTime(imports, wasmMemory, limits.clock ?? (() => 0));
        const made = new WebAssembly.Instance(module, imports);
        done(made);
        return made.exports;
      },
    });
    return new Engine(instance, new Ffi(instance), limits);
  }

  constructor(module: QuickJSEmscriptenModule, ffi: QuickJSFFI, limits: EngineLimits) {
    this.#module = module;
    this.#ffi = ffi;
    this.#arguments = {
      number: (index) =>
        index < this.#argc
          ? ffi.QTS_GetFloat64(this.#context, ffi.QTS_ArgvGetJSValueConstPointer(this.#argv, index))
          : 0,
      text: (index) => {
        if (index >= this.#argc) return "";
        return this.#text(ffi.QTS_ArgvGetJSValueConstPointer(this.#argv, index) as never);
      },
    };
    module.callbacks = {
      callFunction: (_asyncify, _context, _self, argc, argv, id) =>
        this.#host(argc, argv as never, id),
      shouldInterrupt: () => (this.interrupt() ? 1 : 0),
      freeHostRef: () => {},
      loadModuleSource: () => 0 as never,
      normalizeModule: () => 0 as never,
    };
    this.#runtime = ffi.QTS_NewRuntime();
    this.#context = ffi.QTS_NewContext(this.#runtime, EVERY_INTRINSIC);
    ffi.QTS_RuntimeSetMemoryLimit(this.#runtime, limits.memory);
    ffi.QTS_RuntimeSetMaxStackSize(this.#runtime, limits.stack);
    ffi.QTS_RuntimeEnableInterruptHandler(this.#runtime);
  }

  /** Another limit of the engine's heap, in bytes. */
  limitMemory(bytes: number): void {
    this.#ffi.QTS_RuntimeSetMemoryLimit(this.#runtime, bytes);
  }

  /** The engine's whole memory as it is now; not to be kept over a call into the engine. */
  get memory(): Uint8Array {
    return this.#module.HEAPU8;
  }

  /**
   * Where the blocks that the engine's allocator has given out lie in `memory`: offsets and lengths in turn. They are found by its boundary
   * tags (Lea's malloc: size and two bits before each block), from the runtime's own block on, which is among the first.
   */
  blocks(): Uint32Array {
    const words = new Uint32Array(this.memory.buffer);
    const found: number[] = [];
    for (let at = this.#runtime as number; at < this.memory.length; ) {
      const tag = words[at / 4 - 1]!;
      const size = tag & ~7;
      if (size < 16 || at + size > this.memory.length) break;
      if ((tag & 2) !== 0) found.push(at, size - 4);
      at += size;
    }
    return Uint32Array.from(found);
  }

  /**
   * Where the code of functions lies in `memory`: offsets and lengths in turn. A block with a function's code begins with the head of a collected
   * object whose type says so, and one of its next words points to the code, which is the block's end (quickjs.c, struct JSFunctionBytecode).
   */
  bytecode(): Uint32Array {
    const words = new Uint32Array(this.memory.buffer);
    const blocks = this.blocks();
    const found: number[] = [];
    for (let i = 0; i < blocks.length; i += 2) {
      const [at, length] = [blocks[i]!, blocks[i + 1]!];
      if (length < FUNCTION_HEAD || (this.memory[at + 4]! & 15) !== FUNCTION_BYTECODE) continue;
      for (let word = at + GC_HEAD; word < at + FUNCTION_HEAD; word += 4) {
        const code = words[word / 4]!;
        if (code < at + FUNCTION_HEAD || code >= at + length) continue;
        found.push(code, at + length - code);
        break;
      }
    }
    return Uint32Array.from(found);
  }

  /** Makes a host function a global of the engine. */
  define(name: string, f: HostFunction): void {
    const id = this.#functions.push(f); // 0 is no reference
    const value = this.#ffi.QTS_NewFunction(this.#context, name, 0, false, id as HostRefId);
    this.#setGlobal(name, value);
  }

  /** Makes an ArrayBuffer of zeros a global of the engine; returns where it lies in `memory`. */
  share(name: string, bytes: number): number {
    const at = this.#module._malloc(bytes);
    if (at === 0) throw new RangeError(`no memory for ${name}`);
    this.memory.fill(0, at, at + bytes);
    this.#setGlobal(name, this.#ffi.QTS_NewArrayBuffer(this.#context, at as never, bytes));
    return at;
  }

  /** Runs a script. Returns the exception that left it, if one did. */
  evaluate(code: string, file: string): EngineError | undefined {
    return this.#guarded(() => {
      const bytes = this.#module.lengthBytesUTF8(code);
      const text = this.#module._malloc(bytes + 1);
      if (text === 0) return { name: "InternalError", message: "out of memory", stack: "" };
      this.#module.stringToUTF8(code, text as never, bytes + 1);
      const value = this.#ffi.QTS_Eval(
        this.#context,
        text as never,
        bytes,
        file,
        0 as EvalDetectModule,
        0 as EvalFlags,
      );
      this.#module._free(text);
      return this.#outcome(value);
    });
  }

  /** Calls a method of a global object with numbers; its result as text. */
  call(object: string, name: string, ...numbers: number[]): EngineError | { result: string } {
    let result = "";
    const error = this.#guarded(() => {
      const global = this.#ffi.QTS_GetGlobalObject(this.#context);
      const self = this.#property(global, object);
      const f = this.#property(self, name);
      const values = numbers.map((n) => this.#ffi.QTS_NewFloat64(this.#context, n));
      const vector = this.#module._malloc(4 * values.length + 4);
      new Int32Array(this.memory.buffer, vector, values.length).set(values);
      const value = this.#ffi.QTS_Call(this.#context, f, self, values.length, vector as never);
      this.#module._free(vector);
      for (const used of [...values, f, self, global]) this.#free(used);
      return this.#outcome(value, (good) => {
        result = this.#text(good);
      });
    });
    return error ?? { result };
  }

  /** A number among the properties of a global object; NaN when the engine is broken. */
  number(object: string, name: string): number {
    let number = Number.NaN;
    this.#guarded(() => {
      const global = this.#ffi.QTS_GetGlobalObject(this.#context);
      const self = this.#property(global, object);
      const value = this.#property(self, name);
      number = this.#ffi.QTS_GetFloat64(this.#context, value);
      for (const used of [value, self, global]) this.#free(used);
      return undefined;
    });
    return number;
  }

  /** Runs pending jobs (promise reactions) until none is left or one throws. */
  runJobs(): EngineError | undefined {
    if (this.broken !== "") return { name: "InternalError", message: this.broken, stack: "" };
    if (this.#ffi.QTS_IsJobPending(this.#runtime) === 0) return undefined;
    return this.#guarded(() => {
      const at = this.#module._malloc(4);
      const value = this.#ffi.QTS_ExecutePendingJob(this.#runtime, -1, at as never);
      this.#module._free(at);
      const error = this.#isNumber(value) ? undefined : this.#describe(value);
      this.#free(value);
      return error;
    });
  }

  /** Bytes that the engine has allocated now. */
  heapUsed(): number {
    const usage = this.#ffi.QTS_RuntimeComputeMemoryUsage(this.#runtime, this.#context);
    const used = this.#property(usage, "memory_used_size");
    const bytes = this.#ffi.QTS_GetFloat64(this.#context, used);
    this.#free(used);
    this.#free(usage);
    return bytes;
  }

  #guarded(run: () => EngineError | undefined): EngineError | undefined {
    if (this.broken !== "") return { name: "InternalError", message: this.broken, stack: "" };
    try {
      return run();
    } catch (error) {
      if (!(error instanceof RangeError) && !(error instanceof WebAssembly.RuntimeError))
        throw error;
      this.broken = error.message;
      return { name: "InternalError", message: error.message, stack: "" };
    }
  }

  #host(argc: number, argv: JSValuePointer, id: number): JSValuePointer {
    const f = this.#functions[id - 1];
    // Its memory was damaged: that is its end, as a jump into nothing is on a processor.
    if (f === undefined) throw new WebAssembly.RuntimeError(`there is no function ${id}`);
    this.#argc = argc;
    this.#argv = argv;
    const result = f(this.#arguments);
    if (result === undefined) return 0 as JSValuePointer;
    if (typeof result === "number") return this.#ffi.QTS_NewFloat64(this.#context, result);
    return this.#newText(result);
  }

  #outcome(
    value: JSValuePointer,
    good: (value: JSValuePointer) => void = () => {},
  ): EngineError | undefined {
    const exception = this.#ffi.QTS_ResolveException(this.#context, value);
    if ((exception as number) === 0) good(value);
    this.#free(value);
    if ((exception as number) === 0) return undefined;
    const error = this.#describe(exception);
    this.#free(exception);
    return error;
  }

  #describe(value: JSValuePointer): EngineError {
    const part = (name: string) => {
      const property = this.#property(value, name);
      const text = this.#text(property);
      this.#free(property);
      return text === "undefined" ? "" : text;
    };
    const message = part("message");
    return {
      name: part("name") || "Error",
      message: message || this.#text(value),
      stack: part("stack"),
    };
  }

  #isNumber(value: JSValuePointer): boolean {
    const at = this.#ffi.QTS_Typeof(this.#context, value);
    const type = this.#module.UTF8ToString(at as never);
    this.#module._free(at);
    return type === "number";
  }

  #property(object: JSValuePointer, name: string): JSValuePointer {
    const key = this.#newText(name);
    const value = this.#ffi.QTS_GetProp(this.#context, object, key);
    this.#free(key);
    return value;
  }

  #setGlobal(name: string, value: JSValuePointer): void {
    const global = this.#ffi.QTS_GetGlobalObject(this.#context);
    const key = this.#newText(name);
    this.#ffi.QTS_SetProp(this.#context, global, key, value);
    for (const used of [key, value, global]) this.#free(used);
  }

  #newText(text: string): JSValuePointer {
    const bytes = this.#module.lengthBytesUTF8(text) + 1;
    const at = this.#module._malloc(bytes);
    this.#module.stringToUTF8(text, at as never, bytes);
    const value = this.#ffi.QTS_NewString(this.#context, at as never);
    this.#module._free(at);
    return value;
  }

  #text(value: JSValuePointer): string {
    const at = this.#ffi.QTS_GetString(this.#context, value);
    if ((at as number) === 0) return "";
    const text = this.#module.UTF8ToString(at as never);
    this.#ffi.QTS_FreeCString(this.#context, at);
    return text;
  }

  #free(value: JSValuePointer): void {
    if ((value as number) !== 0) this.#ffi.QTS_FreeValuePointer(this.#context, value);
  }
}
