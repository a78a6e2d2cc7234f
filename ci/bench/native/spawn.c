// Processes of this same program, each with its own budget.
#include "system.h"

u32 spawn(const char *name, const struct task *given, const u32 *handles, u16 count,
          u32 page_handle) {
  struct task task = *given;
  u32 process = program_make(name, 1 << 20, 100, 16384);
  if (page_handle) {
    task.page = ADDRESS_SHARED;
    program_map(process, page_handle, task.page, 0, PAGE, PROTECT_READ | PROTECT_WRITE);
  }
  program_start(process, &task, sizeof task, handles, count);
  return process;
}

void wait_end(u32 process, u32 port) {
  submit_wait(port, 0, NEVER);
  must(__FILE__, __LINE__, event_area(buffer)->type == EVENT_EXIT ? 0 : -97);
  CALL(SYS_HANDLE_CLOSE, process, 0, 0, 0, 0, 0);
}
