// Values and their reference counts in fewer instructions.
import type { Edit } from "../edited-source.ts";

export const valueEdits: readonly Edit[] = [
  // All 64 bits of a small value are written: the compiler then keeps values in whole registers, where it took halves apart and put
  // them together again.
  {
    from: `#include "quickjs.h"
#include "libregexp.h"`,
    to: `#include "quickjs.h"
#undef JS_MKVAL
#define JS_MKVAL(tag, val) (JSValue){ (JSValueUnion){ .ptr = (void *)(uintptr_t)(uint32_t)(val) }, tag }
#include "libregexp.h"`,
    times: 1,
  },
  // A reference count goes down in memory, and the flags of that say whether it was the last one; the runtime is looked up only then.
  {
    from: `void JS_FreeValueRT(JSRuntime *rt, JSValue v)
{
    if (JS_VALUE_HAS_REF_COUNT(v)) {
        void *p = JS_VALUE_GET_PTR(v);
        if (--JS_REF_COUNT(p) <= 0) {
            js_free_value_rt(rt, v);
        }
    }
}

void JS_FreeValue(JSContext *ctx, JSValue v)
{
    JS_FreeValueRT(ctx->rt, v);
}`,
    to: `static inline bool was_last(void *p)
{
    bool last;
    __asm__("subl $1, %0" : "+m"(JS_REF_COUNT(p)), "=@ccle"(last));
    return last;
}

void JS_FreeValueRT(JSRuntime *rt, JSValue v)
{
    if (JS_VALUE_HAS_REF_COUNT(v) && unlikely(was_last(JS_VALUE_GET_PTR(v))))
        js_free_value_rt(rt, v);
}

void JS_FreeValue(JSContext *ctx, JSValue v)
{
    if (JS_VALUE_HAS_REF_COUNT(v) && unlikely(was_last(JS_VALUE_GET_PTR(v))))
        js_free_value_rt(ctx->rt, v);
}`,
    times: 1,
  },
];
