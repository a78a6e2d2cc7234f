// Processes of this same program: mapped from the boot image's objects, each with its own budget.
#include "system.h"
#include <string.h>

enum { STACK = 16384, ENTRY = 128, HEADER = 64 }; // docs/boot-image.md
static u32 first[FIRST_IMAGE + 128];
static struct object {
  u32 handle;
  u64 length, memory, address, entry;
} text, rodata, data;

static u32 length_of(const char *text) {
  u32 n = 0;
  while (text[n])
    n++;
  return n;
}
static u64 pages(u64 bytes) { return (bytes + LIMIT_PAGE_BYTES - 1) & ~(LIMIT_PAGE_BYTES - 1ull); }

static void find(const u8 *table, u32 entries, const char *name, struct object *o) {
  for (u32 i = 0; i < entries; i++) {
    const u8 *e = table + HEADER + i * ENTRY;
    if (memcmp(e, name, length_of(name) + 1))
      continue;
    o->handle = first[FIRST_IMAGE + i];
    memcpy(&o->length, e + 48, 32); // length, memory, address, entry
    return;
  }
}

void spawner_begin(const u32 *handles) {
  memcpy(first, handles + 1, handles[0] * 4);
  u32 entries = handles[0] - FIRST_IMAGE;
  const u8 *table = (const u8 *)CALL(SYS_MEMORY_MAP, 0, first[FIRST_TABLE], 0, 0,
                                     pages(HEADER + entries * ENTRY), PROTECT_READ);
  find(table, entries, "engine.text", &text);
  find(table, entries, "engine.rodata", &rodata);
  find(table, entries, "engine.data", &data);
}

static void map(u32 process, u32 memory, u64 address, u64 bytes, u64 protection) {
  CALL(SYS_MEMORY_MAP, process, memory, address, 0, pages(bytes), protection);
}

u32 spawn(const char *name, const struct task *given, const u32 *handles, u16 count,
          u32 page_handle) {
  struct task start = *given;
  u32 length = length_of(name);
  u32 budget = (u32)CALL(SYS_BUDGET_CREATE, first[FIRST_BUDGET], 1 << 20, 0, 0, 0, 0);
  memcpy(buffer, name, length);
  u32 process =
      (u32)CALL(SYS_PROCESS_CREATE, first[FIRST_PROCESS_FACTORY], budget, 100, length, 0, 0);
  map(process, text.handle, text.address, text.length, PROTECT_READ | PROTECT_EXECUTE);
  map(process, rodata.handle, rodata.address, rodata.length, PROTECT_READ);
  u32 own =
      (u32)CALL(SYS_MEMORY_CLONE, data.handle, 0, pages(data.length), pages(data.memory), 0, 0);
  map(process, own, data.address, data.memory, PROTECT_READ | PROTECT_WRITE);
  u32 stack = (u32)CALL(SYS_MEMORY_CREATE, STACK, 0, 0, 0, 0, 0);
  map(process, stack, ADDRESS_STACK_TOP - STACK, STACK, PROTECT_READ | PROTECT_WRITE);
  CALL(SYS_HANDLE_CLOSE, own, 0, 0, 0, 0, 0);
  CALL(SYS_HANDLE_CLOSE, stack, 0, 0, 0, 0, 0);
  if (page_handle) {
    start.page = ADDRESS_SHARED;
    map(process, page_handle, start.page, LIMIT_PAGE_BYTES, PROTECT_READ | PROTECT_WRITE);
  }
  struct submission *s = submit_area(buffer);
  *s = (struct submission){.size = (sizeof(struct submission) + count * 8 + sizeof start + 7) & ~7u,
                           .handles = count,
                           .length = sizeof start};
  for (unsigned i = 0; i < count; i++) {
    memcpy(body_of(s) + 8 * i, &handles[i], 4);
    memcpy(body_of(s) + 8 * i + 4, &(u32){RIGHT_ALL}, 4);
  }
  memcpy(body_of(s) + 8 * count, &start, sizeof start);
  CALL(SYS_PROCESS_START, process, text.entry, ADDRESS_STACK_TOP, s->size, 0, 0);
  CALL(SYS_HANDLE_CLOSE, budget, 0, 0, 0, 0, 0);
  return process;
}

void wait_end(u32 process, u32 port) {
  submit_wait(port, 0, NEVER);
  must(__LINE__, event_area(buffer)->type == EVENT_EXIT ? 0 : -97);
  CALL(SYS_HANDLE_CLOSE, process, 0, 0, 0, 0, 0);
}
