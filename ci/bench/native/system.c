// The stubs: what a C program does for a call, a notification, an answer.
#include "system.h"
#include <string.h>

u8 *buffer;
static u32 log_handle;

void call_failed(const char *file, int line, s64 error) {
  (void)file;
  for (;;)
    TRY(SYS_PROCESS_EXIT, line * 100 - error, 0, 0, 0, 0, 0);
}

void log_begin(u32 handle) { log_handle = handle; }
void write_text(const char *text, u32 bytes) {
  memcpy(buffer + LIMIT_SCRATCH_OFFSET, text, bytes);
  CALL(SYS_LOG_WRITE, log_handle, bytes, 0, 0, 0, 0);
}

u32 port_for(u32 source) {
  u32 port = (u32)CALL(SYS_PORT_CREATE, 0, 0, 0, 0, 0, 0);
  CALL(SYS_BIND, source, port, 1, 0, 0, 0);
  return port;
}

static u32 padded(u32 handles, u32 length) {
  return sizeof(struct submission) + handles * 8 + ((length + 7) & ~7u);
}

void call(u8 *b, u32 endpoint, u32 port, u16 handles, u32 length) {
  struct submission *s = submit_area(b);
  s->size = padded(handles, length);
  s->operation = OP_CALL;
  s->handles = handles;
  s->handle = endpoint;
  s->cookie = 1;
  s->deadline = 0;
  s->length = length;
  s->port = port;
  submit_wait(port, s->size, NEVER);
  const struct event *e = event_area(b);
  must(__FILE__, __LINE__, s->status);
  must(__FILE__, __LINE__, e->type == EVENT_REPLY ? e->status : -99);
}

static u32 prepare_send(struct submission *s, u32 endpoint) {
  s->size = sizeof(struct submission);
  s->operation = OP_SEND;
  s->handles = 0;
  s->handle = endpoint;
  s->length = 0;
  return s->size;
}

void notify(u8 *b, u32 endpoint, u32 port) {
  submit_wait(port, prepare_send(submit_area(b), endpoint), NEVER);
  must(__FILE__, __LINE__, event_area(b)->type == EVENT_MESSAGE ? 0 : -98);
}

static u32 prepare_reply(struct submission *s, const struct event *e) {
  u32 head = (e->handles * 4u + 7) & ~7u;
  s->size = padded(e->handles, e->length);
  s->operation = OP_REPLY;
  s->handles = e->handles;
  s->handle = e->reply;
  s->length = e->length;
  put_handles(s, (const u32 *)body_of(e), e->handles);
  if (e->length)
    memcpy(body_of(s) + 8 * e->handles, body_of(e) + head, e->length);
  return s->size;
}

void echo(u8 *b, u32 endpoint) {
  u32 port = port_for(endpoint), bytes = 0;
  for (;;) {
    submit_wait(port, bytes, NEVER);
    const struct event *e = event_area(b);
    if (e->type == EVENT_CALL)
      bytes = prepare_reply(submit_area(b), e);
    else if (e->type == EVENT_MESSAGE)
      bytes = prepare_send(submit_area(b), endpoint);
    else
      return;
  }
}
