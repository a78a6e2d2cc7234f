// System calls from C, the log, and the few functions of the C library that stand for a host: clock
// and abort.
#include "../../abi/abi.gen.h"
#include "native.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

u8 *message_buffer;
u32 log_handle, copied;
char process_name[33];

i64 call3(u64 number, u64 a, u64 b, u64 c) {
  u64 second, argument[6] = {a, b, c, 0, 0, 0};
  return system_call(argument, number, &second);
}
i64 call2(u64 number, u64 a, u64 b) { return call3(number, a, b, 0); }
i64 call1(u64 number, u64 a) { return call3(number, a, 0, 0); }
i64 call0(u64 number) { return call3(number, 0, 0, 0); }

_Noreturn void exit_process(int code) {
  for (;;)
    call1(SYS_PROCESS_EXIT, (u64)(i64)code);
}

void log_line(const char *format, ...) {
  char line[1024];
  va_list arguments;
  va_start(arguments, format);
  size_t length = (size_t)snprintf(line, sizeof line, "%s: ", process_name);
  size_t room = sizeof line - length - 1; // a line end comes behind
  size_t more = (size_t)format_text(line + length, room, format, arguments);
  va_end(arguments);
  length += more < room ? more : room - 1;
  line[length++] = '\n';
  _Static_assert(sizeof line <= LIMIT_SCRATCH_BYTES, "a line fits");
  if (!log_handle)
    return;
  memcpy(message_buffer + LIMIT_SCRATCH_OFFSET, line, length);
  call2(SYS_LOG_WRITE, log_handle, length);
}

// --- what the engine's source asks of a C library
// ------------------------------------------------------------------------
_Noreturn void abort(void) {
  log_line("the engine found its own state broken");
  exit_process(72);
}

int clock_gettime(clockid_t which, struct timespec *t) {
  u64 utc, argument[6] = {0}, now = (u64)system_call(argument, SYS_CLOCK, &utc);
  if (which == CLOCK_REALTIME)
    now = utc;
  *t = (struct timespec){.tv_sec = (time_t)(now / 1000000000), .tv_nsec = (long)(now % 1000000000)};
  return 0;
}

int gettimeofday(struct timeval *restrict t, void *restrict zone) {
  (void)zone;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  *t = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
  return 0;
}

// There are no time zones: local time is UTC, so the offset stays 0.
struct tm *localtime_r(const time_t *restrict t, struct tm *restrict out) {
  (void)t;
  memset(out, 0, sizeof *out);
  return out;
}
