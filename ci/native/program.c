// See program.h. Invariant: what is made here goes when the child goes.
#include "program.h"

enum { ENTRY = 128, HEADER = 64 }; // docs/boot-image.md
u32 first[FIRST_IMAGE + 128];
struct object program_text, program_rodata, program_data;

static u32 length_of(const char *s) {
  u32 n = 0;
  while (s[n])
    n++;
  return n;
}
static u64 pages(u64 bytes) { return (bytes + PAGE - 1) & ~(PAGE - 1ull); }

static void find(const u8 *table, u32 entries, const char *name, struct object *o) {
  for (u32 i = 0; i < entries; i++) {
    const u8 *e = table + HEADER + i * ENTRY;
    if (memcmp(e, name, length_of(name) + 1))
      continue;
    o->handle = first[FIRST_IMAGE + i];
    memcpy(&o->length, e + 48, 32); // length, memory, address, entry
  }
}

void program_begin(const u32 *handles) {
  memcpy(first, handles + 1, handles[0] * 4);
  u32 entries = handles[0] - FIRST_IMAGE;
  const u8 *table = (const u8 *)CALL(SYS_MEMORY_MAP, 0, first[FIRST_TABLE], 0, 0,
                                     pages(HEADER + entries * ENTRY), PROTECT_READ);
  find(table, entries, "engine.text", &program_text);
  find(table, entries, "engine.rodata", &program_rodata);
  find(table, entries, "engine.data", &program_data);
}

void program_map(u32 process, u32 memory, u64 address, u64 offset, u64 bytes, u64 protection) {
  CALL(SYS_MEMORY_MAP, process, memory, address, offset, pages(bytes), protection);
}

u32 program_make(const char *name, u64 bytes, u32 weight, u64 stack_bytes) {
  u32 length = length_of(name);
  u32 budget = (u32)CALL(SYS_BUDGET_CREATE, first[FIRST_BUDGET], bytes, 0, 0, 0, 0);
  memcpy(buffer, name, length);
  u32 process =
      (u32)CALL(SYS_PROCESS_CREATE, first[FIRST_PROCESS_FACTORY], budget, weight, length, 0, 0);
  program_map(process, program_text.handle, program_text.address, 0, program_text.length,
              PROTECT_READ | PROTECT_EXECUTE);
  program_map(process, program_rodata.handle, program_rodata.address, 0, program_rodata.length,
              PROTECT_READ);
  u32 own = (u32)CALL(SYS_MEMORY_CLONE, program_data.handle, 0, pages(program_data.length),
                      pages(program_data.memory), 0, 0);
  program_map(process, own, program_data.address, 0, program_data.memory,
              PROTECT_READ | PROTECT_WRITE);
  u32 stack = (u32)CALL(SYS_MEMORY_CREATE, stack_bytes, 0, 0, 0, 0, 0);
  program_map(process, stack, ADDRESS_STACK_TOP - stack_bytes, 0, stack_bytes,
              PROTECT_READ | PROTECT_WRITE);
  CALL(SYS_HANDLE_CLOSE, own, 0, 0, 0, 0, 0);
  CALL(SYS_HANDLE_CLOSE, stack, 0, 0, 0, 0, 0);
  CALL(SYS_HANDLE_CLOSE, budget, 0, 0, 0, 0, 0);
  return process;
}

void put_handles(struct submission *s, const u32 *handles, u16 count) {
  for (unsigned i = 0; i < count; i++) {
    memcpy(body_of(s) + 8 * i, &handles[i], 4);
    memcpy(body_of(s) + 8 * i + 4, &(u32){RIGHT_ALL}, 4);
  }
}

void program_start(u32 process, const void *payload, u32 bytes, const u32 *handles, u16 count) {
  struct submission *s = submit_area(buffer);
  *s = (struct submission){
      .size = (u32)((sizeof *s + count * 8u + bytes + 7) & ~7u), .handles = count, .length = bytes};
  put_handles(s, handles, count);
  memcpy(body_of(s) + 8 * count, payload, bytes);
  CALL(SYS_PROCESS_START, process, program_text.entry, ADDRESS_STACK_TOP, s->size, 0, 0);
}
