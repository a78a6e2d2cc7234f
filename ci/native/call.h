// System calls from C that stands in the engine's place: the benchmark's program and the torture
// program. No more than a thin stub, so that it can be measured.
#ifndef NATIVE_CALL_H
#define NATIVE_CALL_H
#include "../../sdk/abi/abi.gen.h"
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define NEVER (~0ull)
#define PAGE LIMIT_PAGE_BYTES
#define body_of(head) ((u8 *)((head) + 1)) // behind a submission or an event

static inline s64 system_call(u64 number, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f, u64 *second) {
  register u64 r10 __asm__("r10") = d;
  register u64 r8 __asm__("r8") = e;
  register u64 r9 __asm__("r9") = f;
  s64 result = (s64)number;
  __asm__ volatile("syscall"
                   : "+a"(result), "+d"(c)
                   : "D"(a), "S"(b), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  *second = c;
  return result;
}
/// What a program does when a call failed that must not: the process ends with line × 100 + error,
/// or tells in its own way.
_Noreturn void call_failed(const char *file, int line, s64 error);
static inline u64 must(const char *file, int line, s64 result) {
  if (result < 0)
    call_failed(file, line, result);
  return (u64)result;
}
/// A call whose result may be an error.
#define TRY(number, a, b, c, d, e, f)                                                              \
  ({                                                                                               \
    u64 second_;                                                                                   \
    system_call(number, (u64)(a), (u64)(b), (u64)(c), (u64)(d), (u64)(e), (u64)(f), &second_);     \
  })
/// A call that must not fail, and what must hold.
#define CALL(number, a, b, c, d, e, f) must(__FILE__, __LINE__, TRY(number, a, b, c, d, e, f))
#define CHECK(condition) (void)must(__FILE__, __LINE__, (condition) ? 0 : -99)

extern u8 *buffer; // of the first thread of this process
static inline struct submission *submit_area(u8 *b) { return (void *)(b + LIMIT_SUBMIT_OFFSET); }
static inline struct event *event_area(u8 *b) {
  return (void *)(b + LIMIT_EVENT_OFFSET + sizeof(struct wait));
}
#endif
