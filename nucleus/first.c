// The first process: `init`, mapped from the boot image's objects by the same system calls that it
// will use for all others. The loader has checked the table and every digest; its bounds are not
// checked again.
#include "first.h"

enum { STACK = 256 * 1024, HEAP = 16 << 20, STATE = 256 * 1024 };
static struct thread *first;

const void *image_bytes(const struct boot_image_entry *e) {
  return physical(boot->image + e->offset);
}
static const struct boot_image_header *header(void) { return physical(boot->image); }
static const struct boot_image_entry *entries(void) { return (const void *)(header() + 1); }

const struct boot_image_entry *image_entry(const char *name) {
  size_t bytes = 0;
  while (name[bytes])
    bytes++;
  for (u32 i = 0; i < header()->entries; i++)
    if (!memcmp(entries()[i].name, name, bytes + 1))
      return &entries()[i];
  return 0;
}

const char *option(const char *key) {
  const char *text = physical(boot->options);
  for (u64 i = 0; i < boot->options_bytes && text[i]; i++) {
    u64 j = 0;
    while (key[j] && i + j < boot->options_bytes && text[i + j] == key[j])
      j++;
    if (!key[j] && i + j + 1 < boot->options_bytes && text[i + j] == '=' &&
        (!i || text[i - 1] == '\n'))
      return text + i + j + 1;
  }
  return "";
}

static u64 call(u64 number, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f) {
  const u64 argument[6] = {a, b, c, d, e, f};
  while (syscall_run(first, number, argument) == RESTART)
    ;
  if (first->result < 0)
    panic("the first process could not be made; is there enough memory?");
  return (u64)first->result;
}

static u32 give(struct object *o, u16 rights) {
  object_hold_handle(o);
  u32 handle = vault_insert(first->process->vault, o, rights, 0);
  require(handle);
  return handle;
}

static struct memory *image_object(u64 offset, u64 bytes) {
  return memory_over((frame)((boot->image + offset) >> 12), (bytes + PAGE - 1) & ~(u64)(PAGE - 1));
}

/// One page of facts about the machine (layouts.platform).
static struct memory *platform(void) {
  frame f = frames_allocate(0);
  require(f);
  struct platform *p = memset(arch_frame_address(f), 0, PAGE);
  u64 bytes = boot->options_bytes < sizeof p->options ? boot->options_bytes : sizeof p->options;
  *p = (struct platform){.version = 1,
                         .cpus = cpu_count,
                         .framebuffer = boot->format ? boot->framebuffer : 0,
                         .framebuffer_bytes = boot->framebuffer_bytes,
                         .width = boot->width,
                         .height = boot->height,
                         .stride = boot->stride,
                         .format = boot->format,
                         .ecam = acpi.ecam,
                         .ecam_first_bus = acpi.ecam_first,
                         .ecam_last_bus = acpi.ecam_last,
                         .tsc_khz = tsc_khz,
                         .handover_tsc = boot->tsc,
                         .start_tsc = read_tsc(),
                         .options_bytes = (u32)bytes,
                         .entropy_sources = boot->entropy_sources,
                         .rsdp = boot->rsdp};
  memcpy(p->options, physical(boot->options), bytes);
  return memory_over(f, PAGE);
}

static void map(u32 memory, u64 address, u64 bytes, u64 protection) {
  call(SYS_MEMORY_MAP, 0, memory, address, 0, (bytes + PAGE - 1) & ~(u64)(PAGE - 1), protection);
}

/// All that it will ever be given, in the order of firstHandles.
static void give_all(u32 *handle) {
  handle[FIRST_BUDGET] = give(&root_budget->object, RIGHT_ALL);
  for (unsigned i = 0; i < 7; i++)
    handle[FIRST_PROCESS_FACTORY + i] =
        give(object_create(KIND_PROCESS_FACTORY + i, 0, 0), RIGHT_ALL);
  handle[FIRST_PLATFORM] = give(&platform()->object, RIGHT_READ | RIGHT_MAP | RIGHT_INFO);
  handle[FIRST_TABLE] =
      give(&image_object(0, 64 + header()->entries * sizeof(struct boot_image_entry))->object,
           RIGHT_READ | RIGHT_MAP | RIGHT_INFO);
  handle[FIRST_STATE] = (u32)call(SYS_MEMORY_CREATE, STATE, 0, 0, 0, 0, 0);
  for (u32 i = 0; i < header()->entries; i++) {
    const struct boot_image_entry *e = &entries()[i];
    handle[FIRST_IMAGE + i] = give(&image_object(e->offset, e->length)->object, (u16)e->rights);
  }
}

void arch_first(struct process *ended) {
  if (!ended)
    budget_root(frames_free_count() * PAGE);
  struct process *p = process_create(root_budget, root_budget, 100, "init");
  first = p ? thread_create(p) : 0;
  if (!first)
    panic("no memory for the first process");
  static struct {
    struct start start;
    u32 count, handle[FIRST_IMAGE + BOOT_IMAGE_ENTRIES];
  } message;
  message.count = FIRST_IMAGE + header()->entries;
  if (ended)
    vault_exchange(p, ended);
  else
    give_all(message.handle);
  first_process = p;
  const struct boot_image_entry *text = image_entry("engine.text"),
                                *rodata = image_entry("engine.rodata"),
                                *data = image_entry("engine.data"),
                                *bundle = image_entry("bundle/init");
  if (!text || !rodata || !data || !bundle)
    panic("the boot image lacks the engine or bundle/init; build it again");
  u32 *image = message.handle + FIRST_IMAGE;
  map(image[text - entries()], text->address, text->length, PROTECT_READ | PROTECT_EXECUTE);
  map(image[rodata - entries()], rodata->address, rodata->length, PROTECT_READ);
  map(image[bundle - entries()], ADDRESS_BUNDLE, bundle->length, PROTECT_READ);
  u64 size = (data->memory + PAGE - 1) & ~(u64)(PAGE - 1);
  u32 own = (u32)call(SYS_MEMORY_CLONE, image[data - entries()], 0,
                      (data->length + PAGE - 1) & ~(u64)(PAGE - 1), size, 0, 0);
  map(own, data->address, size, PROTECT_READ | PROTECT_WRITE);
  call(SYS_HANDLE_CLOSE, own, 0, 0, 0, 0, 0);
  u32 stack = (u32)call(SYS_MEMORY_CREATE, STACK, 0, 0, 0, 0, 0);
  map(stack, ADDRESS_STACK_TOP - STACK, STACK, PROTECT_READ | PROTECT_WRITE);
  call(SYS_HANDLE_CLOSE, stack, 0, 0, 0, 0, 0);

  message.start =
      (struct start){.version = 1,
                     .flags = (boot->entropy_bytes >= 32 ? START_SEEDED : 0) | START_FIRST,
                     .bundle = ADDRESS_BUNDLE,
                     .bundle_bytes = (u32)bundle->length,
                     .heap_limit = HEAP,
                     .stack_bytes = STACK,
                     .name = "init"};
  memcpy(message.start.seed, boot->entropy, 32);
  *(u64 *)message.start.seed ^= ended ? read_tsc() : 0; // no seed is used twice
  start_event(first,
              &(struct message){.payload = (u8 *)&message,
                                .length = (u32)(sizeof message.start + 4 + 4 * message.count)});
  arch_thread_start(first, text->entry, ADDRESS_STACK_TOP, first->buffer_address,
                    ADDRESS_STACK_TOP);
  thread_begin(first);
}
