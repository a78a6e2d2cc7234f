// System calls from C, the log, and the few functions of the C library that stand for a host: clock
// and abort.
#include "native.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

u8 *message_buffer;
u32 log_handle, copied;
char process_name[33];

i64 call3(u64 number, u64 a, u64 b, u64 c) {
  u64 second, argument[6] = {a, b, c, 0, 0, 0};
  return system_call(argument, number, &second);
}

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

int gettimeofday(struct timeval *restrict t, void *restrict zone) {
  (void)zone;
  u64 utc, argument[6] = {0};
  system_call(argument, SYS_CLOCK, &utc);
  *t = (struct timeval){.tv_sec = (time_t)(utc / 1000000000), .tv_usec = utc % 1000000000 / 1000};
  return 0;
}
