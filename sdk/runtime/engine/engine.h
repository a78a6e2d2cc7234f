// What the parts of the engine process that touch JavaScript share.
#ifndef LEIVOS_ENGINE_H
#define LEIVOS_ENGINE_H
#include "native.h"
#include "quickjs.h"

// binding.c
void binding_install(JSContext *context);
/// What differs between processes: the message buffer and the limit of the heap.
void binding_begin(JSContext *context, u64 heap_limit);
/// `context`'s `uusi` object.
JSValue binding_object(void);
/// A value as a 64-bit integer; 0 when it is none.
i64 number_of(JSContext *context, JSValueConst value);

// main.c
/// Makes the engine as it is before any start, unless that was done when the system was built
/// (sdk/image/warm-engine.c). The heap must have begun.
void engine_prepare(void);

// seeded.c
/// Random numbers and hashes of maps begin at `seed` anew; no map may exist yet.
void engine_reseed(JSContext *context, u64 seed);
/// A promise without functions that settle it, and its settling (sdk/runtime/binding.ts).
JSValue engine_promise(JSContext *c, JSValueConst self, int count, JSValueConst *v);
JSValue engine_settle(JSContext *c, JSValueConst self, int count, JSValueConst *v);

// kernel.c (sdk/runtime/binding.ts says what it promises)
JSValue kernel(JSContext *context, JSValueConst self, int count, JSValueConst *arguments);

// report.c
/// Logs the pending exception of `context` with TypeScript positions.
void report_exception(JSContext *context, const char *what);
#endif
