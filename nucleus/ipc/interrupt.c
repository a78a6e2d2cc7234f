// Interrupt objects. One event is told and the line stays masked until it is acknowledged; an edge
// that arrives meanwhile is remembered and told then. I/O ports live here too: ranges that never
// overlap.
#include "../nucleus.h"

enum { LINES = 256, COM1 = 0x3f8, COM1_COUNT = 8 };
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
  arch_interrupt_mask(line);
  source_ready(&i->source);
}

void interrupt_acknowledge(struct interrupt *i) {
  if (!i->masked || i->pending)
    return; // nothing was told
  i->masked = false;
  if (i->again) {
    i->again = false;
    i->masked = i->pending = true;
    source_ready(&i->source);
  }
  if (!i->masked || i->first)
    arch_interrupt_unmask(i->line);
  i->first = false;
}

void interrupt_close(struct interrupt *i) {
  arch_interrupt_mask(i->line);
  arch_interrupt_release(i->line);
  by_line[i->line] = 0;
  source_unbind(&i->source);
}

s64 sys_interrupt_create(struct thread *t, const u64 *a) {
  int error;
  if (!checked(t, a[0], KIND_INTERRUPT_PRIVILEGE, RIGHT_USE, &error))
    return error;
  if (a[1] > INTERRUPT_MSI)
    return ERROR_BAD_ARGUMENT;
  struct interrupt *i = object_create(KIND_INTERRUPT, sizeof *i, t->process->budget, &error);
  if (!i)
    return error;
  list_init(&i->source.ready);
  i->source.type = SOURCE_INTERRUPT;
  i->masked = i->first = true;
  i->line = arch_interrupt_allocate((u32)a[1]);
  if (i->line < 0) {
    error = i->line;
    object_release(&i->object);
    return error;
  }
  require(i->line < LINES);
  by_line[i->line] = i;
  return give_handle(t, &i->object,
                     RIGHT_DUPLICATE | RIGHT_TRANSFER | RIGHT_BIND | RIGHT_MANAGE | RIGHT_INFO);
}

s64 sys_interrupt_acknowledge(struct thread *t, const u64 *a) {
  int error;
  struct interrupt *i = checked(t, a[0], KIND_INTERRUPT, RIGHT_MANAGE, &error);
  if (!i)
    return error;
  interrupt_acknowledge(i);
  return 0;
}

s64 sys_interrupt_message(struct thread *t, const u64 *a) {
  int error;
  struct interrupt *i = checked(t, a[0], KIND_INTERRUPT, RIGHT_INFO, &error);
  if (!i)
    return error;
  u64 address = 0;
  arch_interrupt_message(i->line, &address, &t->second);
  return address ? (s64)address : ERROR_BAD_STATE; // an ISA line sends no message
}

void io_ports_close(struct io_ports *p) {
  list_remove(&p->all);
  if (p->base < COM1 + COM1_COUNT && COM1 < p->base + p->count)
    arch_serial_taken(false);
}

s64 sys_io_ports_create(struct thread *t, const u64 *a) {
  int error;
  if (!checked(t, a[0], KIND_IO_PORT_PRIVILEGE, RIGHT_USE, &error))
    return error;
  if (a[1] > 0xffff || !a[2] || a[2] > 0x10000 - a[1])
    return ERROR_BAD_ARGUMENT;
  for (struct list *l = ranges.next; l != &ranges; l = l->next) {
    struct io_ports *o = container_of(l, struct io_ports, all);
    if (a[1] < o->base + o->count && o->base < a[1] + a[2])
      return ERROR_BUSY;
  }
  struct io_ports *p = object_create(KIND_IO_PORTS, sizeof *p, t->process->budget, &error);
  if (!p)
    return error;
  p->base = (u32)a[1];
  p->count = (u32)a[2];
  list_append(&ranges, &p->all);
  if (p->base < COM1 + COM1_COUNT && COM1 < p->base + p->count)
    arch_serial_taken(true);
  return give_handle(t, &p->object,
                     RIGHT_DUPLICATE | RIGHT_TRANSFER | RIGHT_READ | RIGHT_WRITE | RIGHT_INFO);
}

static struct io_ports *reach(struct thread *t, const u64 *a, u16 right, int *error) {
  struct io_ports *p = checked(t, a[0], KIND_IO_PORTS, right, error);
  if (!p)
    return 0;
  if ((a[2] == 1 || a[2] == 2 || a[2] == 4) && a[1] >= p->base && a[1] <= p->base + p->count &&
      a[2] <= p->base + p->count - a[1])
    return p;
  *error = ERROR_BAD_ARGUMENT;
  return 0;
}

s64 sys_io_read(struct thread *t, const u64 *a) {
  int error;
  return reach(t, a, RIGHT_READ, &error) ? (s64)arch_io_read((u16)a[1], (unsigned)a[2]) : error;
}

s64 sys_io_write(struct thread *t, const u64 *a) {
  int error;
  if (!reach(t, a, RIGHT_WRITE, &error))
    return error;
  arch_io_write((u16)a[1], (unsigned)a[2], (u32)a[3]);
  return 0;
}
