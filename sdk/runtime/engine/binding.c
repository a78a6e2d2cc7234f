// The global `uusi` object (sdk/runtime/binding.ts says what each function promises).
// Invariant: memory of JavaScript is touched only within the bounds of the typed array that was
// passed.
#include "engine.h"
#include <string.h>

static u64 second_result;
static JSValue uusi;

JSValue binding_object(void) { return uusi; }

i64 number_of(JSContext *c, JSValueConst v) {
  i64 value = 0;
  if (JS_VALUE_GET_TAG(v) == JS_TAG_INT)
    return JS_VALUE_GET_INT(v);
  if (!JS_IsUndefined(v))
    JS_ToInt64(c, &value, v);
  return value;
}

// Numbers from 2^63 on (none is in the address map) lose their top bit in no sane use; -1 stays -1.
static JSValue sys(JSContext *c, JSValueConst this, int count, JSValueConst *v) {
  u64 argument[6] = {0};
  for (int i = 1; i < count && i < 7; i++)
    argument[i - 1] = (u64)number_of(c, v[i]);
  u64 number = count > 0 ? (u64)number_of(c, v[0]) : SYS_COUNT;
  if (number == SYS_SUBMIT_WAIT)
    return JS_NewInt32(c, ERROR_BAD_ARGUMENT);
  if (number == SYS_BIND)
    recorder_bind((u32)argument[0], argument[2]);
  return JS_NewInt64(c, system_call(argument, number, &second_result));
}

static JSValue second(JSContext *c, JSValueConst this, int count, JSValueConst *v) {
  return JS_NewInt64(c, (i64)second_result);
}

// --- memory by address
// ---------------------------------------------------------------------------------------------------
static JSValue get(JSContext *c, JSValueConst this, int count, JSValueConst *v, int bytes) {
  const volatile void *at = (const volatile void *)number_of(c, v[0]);
  u64 value = bytes == 1   ? *(const volatile u8 *)at
              : bytes == 2 ? *(const volatile u16 *)at
              : bytes == 4 ? *(const volatile u32 *)at
                           : *(const volatile u64 *)at;
  return value < 1ull << 53 ? JS_NewInt64(c, (i64)value) : JS_NewFloat64(c, (double)value);
}

static JSValue set(JSContext *c, JSValueConst this, int count, JSValueConst *v, int bytes) {
  volatile void *at = (volatile void *)number_of(c, v[0]);
  u64 value = (u64)number_of(c, v[1]);
  if (bytes == 1)
    *(volatile u8 *)at = (u8)value;
  else if (bytes == 2)
    *(volatile u16 *)at = (u16)value;
  else if (bytes == 4)
    *(volatile u32 *)at = (u32)value;
  else
    *(volatile u64 *)at = value;
  return JS_UNDEFINED;
}

/// The `length` bytes at `at` of a Uint8Array; 0 with an exception pending when they do not lie in
/// it.
static u8 *range_of(JSContext *c, JSValueConst array, i64 at, i64 length) {
  size_t size;
  u8 *bytes = JS_GetUint8Array(c, &size, array);
  if (!bytes)
    return 0;
  if (at < 0 || length < 0 || (u64)at > size || (u64)length > size - (u64)at) {
    JS_ThrowRangeError(c, "%lld bytes at %lld of an array of %lld", (long long)length,
                       (long long)at, (long long)size);
    return 0;
  }
  return bytes + at;
}

/// Between memory and a Uint8Array: out into the array, or in.
static JSValue copy(JSContext *c, JSValueConst this, int count, JSValueConst *v, int out) {
  i64 length = number_of(c, v[3]);
  u8 *array = range_of(c, v[1], number_of(c, v[2]), length), *at = (u8 *)number_of(c, v[0]);
  if (!array)
    return JS_EXCEPTION;
  memcpy(out ? array : at, out ? at : array, (size_t)length);
  return JS_UNDEFINED;
}

static JSValue fill32(JSContext *c, JSValueConst this, int count, JSValueConst *v) {
  u32 *at = (u32 *)number_of(c, v[0]), value = (u32)number_of(c, v[1]);
  for (i64 n = number_of(c, v[2]); n > 0; n--)
    *at++ = value;
  return JS_UNDEFINED;
}

static JSValue move(JSContext *c, JSValueConst this, int count, JSValueConst *v) {
  memmove((void *)number_of(c, v[0]), (const void *)number_of(c, v[1]), (size_t)number_of(c, v[2]));
  return JS_UNDEFINED;
}

static JSValue write_back(JSContext *c, JSValueConst this, int count, JSValueConst *v) {
  u64 at = (u64)number_of(c, v[0]), end = at + (u64)number_of(c, v[1]);
  for (at &= ~63ull; at < end; at += 64) // the smallest line there is
    __builtin_ia32_clflush((void *)at);
  __builtin_ia32_mfence();
  return JS_UNDEFINED;
}

static JSAtom port;

static JSValue put_submission(JSContext *c, JSValueConst this, int count, JSValueConst *v) {
  u64 at = (u64)number_of(c, v[0]), counted = (u64)number_of(c, v[1]);
  u64 end = (u64)number_of(c, v[5]), next = (end + 7) / 8 * 8;
  u64 payload = at + sizeof(struct submission) + 8 * (counted >> 16);
  if (at % 8 || payload > end || next > LIMIT_BUFFER_BYTES)
    return JS_ThrowRangeError(c, "a submission outside of the buffer");
  *(struct submission *)(message_buffer + at) =
      (struct submission){.size = (u32)(next - at),
                          .operation = (u16)counted,
                          .handles = (u16)(counted >> 16),
                          .handle = (u32)number_of(c, v[2]),
                          .cookie = (u64)number_of(c, v[3]),
                          .deadline = (u64)number_of(c, v[4]),
                          .length = (u32)(end - payload),
                          .port = (u32)number_of(c, JS_GetProperty(c, uusi, port))};
  return JS_NewInt32(c, (int)next);
}

// --- hashing and random numbers
// ------------------------------------------------------------------------------------------
static JSValue digest(JSContext *c, JSValueConst this, int count, JSValueConst *v) {
  size_t size;
  u8 *data = JS_GetUint8Array(c, &size, v[0]), out[32];
  if (!data)
    return JS_EXCEPTION;
  sha256(data, size, out);
  return JS_NewUint8ArrayCopy(c, out, 32);
}

static JSValue pbkdf2(JSContext *c, JSValueConst this, int count, JSValueConst *v) {
  size_t password_size, salt_size;
  u8 *password = JS_GetUint8Array(c, &password_size, v[0]), out[32];
  u8 *salt = password ? JS_GetUint8Array(c, &salt_size, v[1]) : 0;
  if (!salt)
    return JS_EXCEPTION;
  pbkdf2_sha256(password, password_size, salt, salt_size, (u32)number_of(c, v[2]), out);
  return JS_NewUint8ArrayCopy(c, out, 32);
}

static JSValue fill_random(JSContext *c, JSValueConst this, int count, JSValueConst *v) {
  size_t size;
  u8 *out = JS_GetUint8Array(c, &size, v[0]);
  if (!out)
    return JS_EXCEPTION;
  // a request gives at most 2^16 bytes (SP 800-90A, table 2)
  for (size_t at = 0; at < size || at == 0; at += 65536)
    if (!drbg_fill(out + at, size - at < 65536 ? size - at : 65536))
      return JS_FALSE;
  return JS_TRUE;
}

static JSValue reseed(JSContext *c, JSValueConst this, int count, JSValueConst *v) {
  size_t size;
  u8 *entropy = JS_GetUint8Array(c, &size, v[0]);
  if (!entropy)
    return JS_EXCEPTION;
  if (size < 32)
    return JS_ThrowRangeError(c, "entropy of fewer than 32 bytes");
  drbg_seed(entropy, size, 0, 0);
  return JS_UNDEFINED;
}

// --- UTF-8
// ---------------------------------------------------------------------------------------------------------------
// The engine gives a lone surrogate as its own three bytes (ED A0..BF xx); the wire wants U+FFFD
// (EF BF BD).
static JSValue encode(JSContext *c, JSValueConst this, int count, JSValueConst *v) {
  size_t length;
  if (!JS_IsString(v[0]))
    return JS_NewInt32(c, -2);
  const char *text = JS_ToCStringLen(c, &length, v[0]);
  if (!text)
    return JS_EXCEPTION;
  size_t size;
  u8 *into = JS_GetUint8Array(c, &size, v[1]);
  i64 at = number_of(c, v[2]);
  JSValue result = into ? JS_NewInt32(c, -1) : JS_EXCEPTION;
  if (into && at >= 0 && (u64)at <= size && length <= size - (u64)at) {
    memcpy(into + at, text, length);
    for (u8 *p = into + at, *end = p + length; (p = memchr(p, 0xed, (size_t)(end - p))); p++)
      if (p[1] >= 0xa0)
        memcpy(p, "\xef\xbf\xbd", 3);
    result = JS_NewInt64(c, (i64)length);
  }
  JS_FreeCString(c, text);
  return result;
}

// Well-formed UTF-8 after the Unicode Standard, table 3-7.
static int valid_utf8(const u8 *p, const u8 *end) {
  u64 eight; // of ASCII, as most text begins with
  while (end - p >= 8 && !(__builtin_memcpy(&eight, p, 8), eight & 0x8080808080808080))
    p += 8;
  while (p < end) {
    u8 lead = *p++;
    if (lead < 0x80)
      continue;
    int more = lead >= 0xc2 && lead < 0xe0   ? 1
               : lead >= 0xe0 && lead < 0xf0 ? 2
               : lead >= 0xf0 && lead < 0xf5 ? 3
                                             : 0;
    if (!more || end - p < more)
      return 0;
    u8 low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    u8 high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    for (; more > 0; more--, low = 0x80, high = 0xbf)
      if (*p < low || *p++ > high)
        return 0;
  }
  return 1;
}

static JSValue decode(JSContext *c, JSValueConst this, int count, JSValueConst *v) {
  i64 length = number_of(c, v[2]);
  const u8 *from = range_of(c, v[0], number_of(c, v[1]), length);
  if (!from || !valid_utf8(from, from + length))
    return from ? JS_UNDEFINED : JS_EXCEPTION;
  return JS_NewStringLen(c, (const char *)from, (size_t)length);
}

// --- measuring
// -----------------------------------------------------------------------------------------------------------
static JSValue cycles(JSContext *c, JSValueConst this, int count, JSValueConst *v) {
  return JS_NewInt64(c, (i64)(__builtin_ia32_rdtsc() & ((1ull << 53) - 1)));
}

/// A register of a CPUID leaf, eax to edx 0 to 3; 4 is XCR0, or 0 where the nucleus uses no XSAVE.
static JSValue cpuid(JSContext *c, JSValueConst this, int count, JSValueConst *v) {
  u32 r[5] = {(u32)number_of(c, v[0])}, high;
  __asm__("cpuid" : "+a"(r[0]), "=b"(r[1]), "+c"(r[2]), "=d"(r[3]));
  if (number_of(c, v[0]) == 1 && r[2] >> 27 & 1)
    __asm__("xgetbv" : "=a"(r[4]), "=d"(high) : "c"(0));
  return JS_NewUint32(c, r[number_of(c, v[1])]);
}

static JSValue used(JSContext *c, JSValueConst this, int count, JSValueConst *v) {
  return JS_NewInt64(c, (i64)heap_used());
}

static JSValue collect(JSContext *c, JSValueConst this, int count, JSValueConst *v) {
  return JS_RunGC(JS_GetRuntime(c)), used(c, this, count, v);
}

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("sys", 7, sys),
    JS_CFUNC_DEF("second", 0, second),
    JS_CFUNC_MAGIC_DEF("get8", 1, get, 1),
    JS_CFUNC_MAGIC_DEF("get16", 1, get, 2),
    JS_CFUNC_MAGIC_DEF("get32", 1, get, 4),
    JS_CFUNC_MAGIC_DEF("get64", 1, get, 8),
    JS_CFUNC_MAGIC_DEF("set8", 2, set, 1),
    JS_CFUNC_MAGIC_DEF("set16", 2, set, 2),
    JS_CFUNC_MAGIC_DEF("set32", 2, set, 4),
    JS_CFUNC_MAGIC_DEF("set64", 2, set, 8),
    JS_CFUNC_MAGIC_DEF("copyOut", 4, copy, 1),
    JS_CFUNC_MAGIC_DEF("copyIn", 4, copy, 0),
    JS_CFUNC_DEF("fill32", 3, fill32),
    JS_CFUNC_DEF("move", 3, move),
    JS_CFUNC_DEF("writeBack", 2, write_back),
    JS_CFUNC_DEF("submission", 7, put_submission),
    JS_CFUNC_DEF("promise", 0, engine_promise),
    JS_CFUNC_DEF("settle", 2, engine_settle),
    JS_CFUNC_DEF("sha256", 1, digest),
    JS_CFUNC_DEF("pbkdf2", 3, pbkdf2),
    JS_CFUNC_DEF("random", 1, fill_random),
    JS_CFUNC_DEF("reseed", 1, reseed),
    JS_CFUNC_DEF("encode", 3, encode),
    JS_CFUNC_DEF("decode", 3, decode),
    JS_CFUNC_DEF("cycles", 0, cycles),
    JS_CFUNC_DEF("cpuid", 2, cpuid),
    JS_CFUNC_DEF("heapUsed", 0, used),
    JS_CFUNC_DEF("collect", 0, collect),
    JS_CFUNC_DEF("kernel", 4, kernel),
};

void binding_install(JSContext *c) {
  uusi = JS_NewObject(c);
  port = JS_NewAtom(c, "port");
  JS_SetPropertyFunctionList(c, uusi, functions, sizeof functions / sizeof *functions);
  JS_SetPropertyStr(c, uusi, "probeEntry", JS_NewInt64(c, (i64)probe_entry));
  JS_SetPropertyStr(c, uusi, "spinEntry", JS_NewInt64(c, (i64)spin_entry));
  JS_SetPropertyStr(c, uusi, "threadEntry", JS_NewInt64(c, (i64)native_thread));
  JS_SetPropertyStr(c, uusi, "copied", JS_NewInt64(c, (i64)&copied));
  JS_SetPropertyStr(c, uusi, "world", JS_NewString(c, "uusi"));
  JS_SetPropertyStr(c, uusi, "kernelTier", JS_NewString(c, "native"));
  JS_SetPropertyStr(c, uusi, "port", JS_NewInt32(c, 0));
  JS_SetPropertyStr(c, uusi, "deadline", JS_NewInt32(c, -1));
  JSValue global = JS_GetGlobalObject(c);
  JS_SetPropertyStr(c, global, "uusi", JS_DupValue(c, uusi));
  JS_FreeValue(c, global);
}

void binding_begin(JSContext *c, u64 limit) {
  JSValue buffer = JS_NewArrayBuffer(c, message_buffer, LIMIT_BUFFER_BYTES, 0, 0, 0, false);
  JS_SetPropertyStr(c, uusi, "buffer", buffer);
  JS_SetPropertyStr(c, uusi, "heapLimit", JS_NewInt64(c, (i64)limit));
}
