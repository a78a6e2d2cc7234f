// Elements of typed arrays of bytes and of 32-bit words, which messages are read and written by: before the table of all kinds of arrays.
import type { Edit } from "../edited-source.ts";

export const elementEdits: readonly Edit[] = [
  {
    from: `                                      uint32_t idx, JSValue *pval)
{
    switch(p->class_id) {`,
    to: `                                      uint32_t idx, JSValue *pval)
{
    if (p->class_id == JS_CLASS_UINT32_ARRAY && idx < p->u.array.count) {
        uint32_t word = p->u.array.u.uint32_ptr[idx];
        if (likely((int32_t)word >= 0))
            *pval = js_int32((int32_t)word);
        else
            *pval = __JS_NewFloat64(word);
        return true;
    }
    if (p->class_id == JS_CLASS_UINT8_ARRAY && idx < p->u.array.count) {
        *pval = js_int32(p->u.array.u.uint8_ptr[idx]);
        return true;
    }
    switch(p->class_id) {`,
    times: 1,
  },
  {
    from: `                        p = JS_VALUE_GET_OBJ(sp[-3]);
                        if (likely(p->class_id == JS_CLASS_ARRAY &&
                                   idx < (uint32_t)p->u.array.count)) {`,
    to: `                        p = JS_VALUE_GET_OBJ(sp[-3]);
                        if ((p->class_id == JS_CLASS_UINT8_ARRAY || p->class_id == JS_CLASS_UINT32_ARRAY) &&
                            JS_VALUE_GET_TAG(val) == JS_TAG_INT && idx < (uint32_t)p->u.array.count &&
                            !p->u.typed_array->buffer->u.array_buffer->immutable) {
                            if (p->class_id == JS_CLASS_UINT8_ARRAY)
                                p->u.array.u.uint8_ptr[idx] = JS_VALUE_GET_INT(val);
                            else
                                p->u.array.u.uint32_ptr[idx] = JS_VALUE_GET_INT(val);
                            JS_FreeValue(ctx, sp[-3]);
                            sp -= 3;
                            BREAK;
                        }
                        if (likely(p->class_id == JS_CLASS_ARRAY &&
                                   idx < (uint32_t)p->u.array.count)) {`,
    times: 1,
  },
];
