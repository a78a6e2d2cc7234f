// The caller's side of every case with messages, in a process with a budget of its own.
#include "system.h"
#include <string.h>

static void call_with_handle(u8 *b, u32 endpoint, u32 port, u32 *property) {
  struct submission *s = submit_area(b);
  memcpy(body_of(s), property, 4);
  memcpy(body_of(s) + 4, &(u32){RIGHT_ALL}, 4);
  call(b, endpoint, port, 1, 0);
  memcpy(property, body_of(event_area(b)), 4);
}

void client(const struct task *s, u32 endpoint, u32 property) {
  u8 *b = buffer;
  u32 port = port_for(endpoint), n = MOST_SAMPLES;
  if (s->across) {
    MEASURE("across.call.null", n, call(b, endpoint, port, 0, 0));
    MEASURE("across.call.64", n, call(b, endpoint, port, 0, 64));
    MEASURE("across.call.4096", n, call(b, endpoint, port, 0, 4096));
    MEASURE("across.notify", n, notify(b, endpoint, port));
    return;
  }
  MEASURE("system.call", n, CALL(SYS_CLOCK, 0, 0, 0, 0, 0, 0));
  MEASURE("call.null", n, call(b, endpoint, port, 0, 0));
  MEASURE("call.64", n, call(b, endpoint, port, 0, 64));
  MEASURE("call.4096", n, call(b, endpoint, port, 0, 4096));
  MEASURE("call.handle", n, call_with_handle(b, endpoint, port, &property));
  MEASURE("notify", n, notify(b, endpoint, port));
}
