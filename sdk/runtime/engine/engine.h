// What the parts of the engine process that touch JavaScript share.
#ifndef LEIVOS_ENGINE_H
#define LEIVOS_ENGINE_H
#include "native.h"
#include "quickjs.h"

// binding.c
void binding_install(JSContext *context, u64 heap_limit);
/// `context`'s `uusi` object.
JSValue binding_object(void);
/// A value as a 64-bit integer; 0 when it is none.
i64 number_of(JSContext *context, JSValueConst value);

// kernel.c (sdk/runtime/binding.ts says what it promises)
JSValue kernel(JSContext *context, JSValueConst self, int count, JSValueConst *arguments);

// report.c
/// Logs the pending exception of `context` with TypeScript positions.
void report_exception(JSContext *context, const char *what);
void report_value(JSContext *context, const char *what, JSValueConst error);
#endif
