// Interrupt objects. One event is told and the line stays masked until it is acknowledged; an edge
// that arrives meanwhile is remembered and told then. I/O ports live here too: ranges that never
// overlap.
#include "../nucleus.h"
#include "../serial.h"

enum { LINES = 256 };
static struct interrupt *by_line[LINES];
static struct list ranges = {&ranges, &ranges};

void interrupt_arrived(int line) {
  struct interrupt *i = line >= 0 && line < LINES ? by_line[line] : 0;
  if (!i)
    return;
  if (i->masked) {
    i->again = true;
    return;
  }
  i->masked = i->pending = true;
  arch_interrupt_mask(line, false);
  source_ready(&i->source);
}

SYSCALL(interrupt_acknowledge) {
  struct interrupt *i = t->target;
  if (!i->masked || i->pending)
    return 0; // nothing was told
  i->masked = i->pending = i->again;
  i->again = false;
  source_ready(&i->source);
  arch_interrupt_unmask(i->line); // also when told at once: the processor's side may be masked
  if (i->masked)
    arch_interrupt_mask(i->line, false);
  return 0;
}

void interrupt_close(struct interrupt *i) {
  arch_interrupt_mask(i->line, true);
  by_line[i->line] = 0;
}

SYSCALL(interrupt_create) {
  bool message = a[1] == INTERRUPT_MSI;
  u64 line = message ? ISA_LINES : a[1];
  if (line >= ISA_LINES + message)
    return ERROR_BAD_ARGUMENT;
  while (message && line < LINES - 1 && by_line[line])
    line++;
  if (by_line[line])
    return ERROR_BUSY;
  if (!arch_interrupt_exists((u32)line))
    return message ? ERROR_BUSY : ERROR_NOT_FOUND;
  struct interrupt *i = object_create(KIND_INTERRUPT, 0, t->process->budget);
  if (!i)
    return failure;
  i->masked = true;
  i->line = (s32)line;
  by_line[line] = i;
  return give_handle(t, &i->object);
}

SYSCALL(interrupt_message) {
  const struct interrupt *i = t->target;
  return i->line < ISA_LINES ? ERROR_BAD_STATE : arch_interrupt_message(i->line, &t->second);
}

static bool overlaps(const struct io_ports *p, u64 base, u64 count) {
  return p->base < base + count && base < p->base + p->count;
}

void io_ports_close(struct io_ports *p) {
  list_remove(&p->all);
  if (overlaps(p, COM1, COM1_PORTS))
    arch_serial_taken(false);
}

SYSCALL(io_ports_create) {
  if (a[1] > 0xffff || !a[2] || a[2] > 0x10000 - a[1])
    return ERROR_BAD_ARGUMENT;
  for (struct list *l = ranges.next; l != &ranges; l = l->next)
    if (overlaps(container_of(l, struct io_ports, all), a[1], a[2]))
      return ERROR_BUSY;
  struct io_ports *p = object_create(KIND_IO_PORTS, 0, t->process->budget);
  if (!p)
    return failure;
  p->base = (u32)a[1];
  p->count = (u32)a[2];
  list_append(&ranges, &p->all);
  if (overlaps(p, COM1, COM1_PORTS))
    arch_serial_taken(true);
  return give_handle(t, &p->object);
}

/// Is [a[1], a[1] + a[2]) one access inside the range?
static bool within(const struct io_ports *p, const u64 *a) {
  return (a[2] == 1 || a[2] == 2 || a[2] == 4) && a[1] >= p->base && a[1] < p->base + p->count &&
         a[2] <= p->base + p->count - a[1];
}

SYSCALL(io_read) {
  return within(t->target, a) ? (s64)arch_io_read((u16)a[1], (unsigned)a[2]) : ERROR_BAD_ARGUMENT;
}

SYSCALL(io_write) {
  if (!within(t->target, a))
    return ERROR_BAD_ARGUMENT;
  arch_io_write((u16)a[1], (unsigned)a[2], (u32)a[3]);
  return 0;
}
