// Calls of Tape kernels, functions in machine code (tape/native/README.md; sdk/runtime/kernel.ts
// loads them). Invariant: types and ranges of arguments are checked here, so that a kernel reads
// and writes what it was given; one that runs for seconds is stopped from a second thread.
#include "engine.h"

// Words of the environment block (tape/native/environment.ts; a test compares both).
enum { LIMIT = 0, STOP = 1, MEMORY = 2, BYTES = 3, TEXT_BYTES = 10, KIND = 11, VALUES = 16 };
// The page of an environment block ends with the stack of the thread that watches.
enum { STOPPED = 14, WATCH_NS = 1000000000, STACK = 40960, WATCH_STACK = 4088 };

typedef int entry_function(u64 *environment);

static u64 *volatile running;
static _Atomic u64 entered; // odd while a kernel runs
static _Atomic int watched;
static u64 port;

/// A thread that lives while kernels are called and a second longer. It takes three looks, since
/// the whole machine may have stood still between two.
static void watch(void) {
  u64 seen = 0;
  for (int late = 0;;) {
    i64 slept = call3(SYS_SUBMIT_WAIT, port, 0, (u64)call0(SYS_CLOCK) + WATCH_NS);
    late = entered == seen ? late + 1 : 0;
    seen = entered;
    if (late >= 2 && seen % 2) {
      running[STOP] = STOPPED;
      running[LIMIT] = ~0ull;
    } else if (slept < 0 || (late && seen % 2 == 0)) {
      watched = 0; // below 0: another process has this one's handles now
      if (slept < 0 || entered == seen || __c11_atomic_exchange(&watched, 1, __ATOMIC_SEQ_CST))
        call0(SYS_THREAD_EXIT);
    }
  }
}

/// The letters of a signature are those of tape/embed/letters.ts. Null stands for "not this type".
static u64 *take_array(JSContext *c, JSValueConst v, int type, u64 *to, const u64 *e) {
  size_t at, bytes, whole, each = 1u << ("000112233123"[type] - '0');
  if (JS_GetTypedArrayType(v) == type) {
    JSValue buffer = JS_GetTypedArrayBuffer(c, v, &at, &bytes, 0);
    to[0] = (u64)JS_GetArrayBuffer(c, &whole, buffer) + at;
    JS_FreeValue(c, buffer);
    if (whole < at || whole - at < bytes)
      return 0;
  } else { // a SharedView: plain numbers
    to[0] = (u64)number_of(c, JS_GetPropertyStr(c, v, "address"));
    bytes = (size_t)number_of(c, JS_GetPropertyStr(c, v, "length"));
    if (!to[0])
      return 0;
  }
  to[0] = bytes ? to[0] - e[MEMORY] : 0;
  to[1] = bytes / each;
  return to[0] <= e[BYTES] && bytes <= e[BYTES] - to[0] && to[0] % each == 0 ? to + 2 : 0;
}

static u64 *take(JSContext *c, JSValueConst v, char letter, u64 *to, const u64 *e) {
  if (letter >= 'A')
    return JS_IsObject(v) ? take_array(c, v, letter - 'A', to, e) : 0;
  double d; // an integer of 8 << kind / 2 bits, unsigned when `kind` is odd
  if (!JS_IsNumber(v) || JS_ToFloat64(c, &d, v) || !(d > -0x1p53 && d < 0x1p53))
    return 0;
  int kind = letter - '0', bits = 8 << kind / 2;
  i64 value = (i64)d, above = value >> (bits == 64 ? 63 : bits - !(kind % 2));
  *to = (u64)value;
  return (double)value == d && (above == 0 || (above == -1 && kind % 2 == 0)) ? to + 1 : 0;
}

static JSValue complain(JSContext *c, JSValueConst trouble, int what) {
  JSValueConst argument = JS_NewInt32(c, what);
  return JS_Call(c, trouble, JS_UNDEFINED, 1, &argument);
}

static JSValue run(JSContext *c, JSValueConst this, int count, JSValueConst *v, int magic,
                   JSValueConst *data) {
  u64 *e = (u64 *)number_of(c, data[1]), *to = e + VALUES;
  const char *letters = (const char *)number_of(c, data[2]);
  int n = 0;
  for (; *letters != ':'; n++)
    if (n >= count || !(to = take(c, v[n], *letters++, to, e)))
      return complain(c, data[3], n);
  if (n != count)
    return complain(c, data[3], n);
  e[STOP] = e[KIND] = e[TEXT_BYTES] = 0;
  e[LIMIT] = (u64)__builtin_frame_address(0) - STACK;
  running = e;
  entered++;
  if (!watched) {
    u64 second, thread[6] = {(u64)watch, (u64)e + WATCH_STACK};
    port = port ? port : (u64)call0(SYS_PORT_CREATE);
    watched = system_call(thread, SYS_THREAD_CREATE, &second) >= 0;
  }
  int trapped = ((entry_function *)number_of(c, data[0]))(e);
  entered++;
  u64 value = e[VALUES];
  u32 error = (u32)e[VALUES + (letters[1] != 'v')];
  if (trapped || (letters[2] && error))
    return complain(c, data[3], trapped ? -1 : -1 - (int)error);
  char result = letters[1];
  return result == 'v'   ? JS_UNDEFINED
         : result == '5' ? JS_NewUint32(c, (u32)value)
         : result == '6' ? JS_NewBigInt64(c, (i64)value)
         : result == '7' ? JS_NewBigUint64(c, value)
                         : JS_NewInt32(c, (int)value);
}

JSValue kernel(JSContext *c, JSValueConst this, int count, JSValueConst *v) {
  return JS_NewCFunctionData(c, run, 0, 0, 4, v);
}
