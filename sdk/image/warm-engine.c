// Runs the engine on the machine that builds, up to where all processes are still alike, and writes
// its data and heap to files: a server begins with copies of them
// (docs/decisions/018-warm-engine.md). The engine lies at its own addresses, and its one system
// call is answered here. Invariant: it asks for memory and the time, and the time is 0, so that the
// same engine gives the same files.
#define _GNU_SOURCE
#include "../abi/abi.gen.h"
#include <elf.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static uint64_t wanted, records, blocks, first_block;

static _Noreturn void stop(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("warm: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  exit(1);
}

static void *map_at(uint64_t address, uint64_t bytes) {
  void *at = mmap((void *)address, bytes, PROT_READ | PROT_WRITE | PROT_EXEC,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  if (at != (void *)address)
    stop("the host has something at 0x%llx", (unsigned long long)address);
  return at;
}

/// In the place of the engine's system call. The heap comes as pages of records, then blocks.
static int64_t answer(const uint64_t argument[6], uint64_t number, uint64_t *second) {
  *second = 0;
  switch (number) {
  case SYS_CLOCK:
  case SYS_HANDLE_CLOSE:
    return 0;
  case SYS_MEMORY_CREATE:
    wanted = argument[0];
    return 1;
  case SYS_MEMORY_MAP:
    if (argument[4] != wanted)
      stop("a mapping of another size than its memory");
    if (argument[2] == ADDRESS_HEAP + records) {
      records += wanted;
    } else if (!first_block || argument[2] == first_block + blocks) {
      first_block = first_block ? first_block : argument[2];
      blocks += wanted;
    } else {
      stop("the heap grows in an order that is not expected");
    }
    map_at(argument[2], wanted);
    return (int64_t)argument[2];
  default:
    stop("the engine asked for system call %llu", (unsigned long long)number);
  }
}

static char *read_file(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file || fseek(file, 0, SEEK_END))
    stop("%s can't be read", path);
  long bytes = ftell(file);
  char *data = malloc((size_t)bytes);
  rewind(file);
  if (!data || fread(data, 1, (size_t)bytes, file) != (size_t)bytes)
    stop("%s can't be read", path);
  fclose(file);
  return data;
}

/// Appends memory to a file.
static void append(FILE *file, uint64_t address, uint64_t bytes) {
  if (!file || fwrite((void *)address, 1, bytes, file) != bytes)
    stop("can't write");
}

static uint64_t symbol(const char *elf, const char *name) {
  const Elf64_Ehdr *header = (const void *)elf;
  const Elf64_Shdr *sections = (const void *)(elf + header->e_shoff);
  for (int i = 0; i < header->e_shnum; i++) {
    if (sections[i].sh_type != SHT_SYMTAB)
      continue;
    const Elf64_Sym *symbols = (const void *)(elf + sections[i].sh_offset);
    const char *names = elf + sections[sections[i].sh_link].sh_offset;
    for (uint64_t n = 0; n < sections[i].sh_size / sizeof *symbols; n++)
      if (!strcmp(names + symbols[n].st_name, name))
        return symbols[n].st_value;
  }
  stop("the engine has no %s", name);
}

int main(int count, char **arguments) {
  if (count != 4)
    stop("usage: warm ENGINE DATA HEAP");
  const char *elf = read_file(arguments[1]);
  const Elf64_Ehdr *header = (const void *)elf;
  const Elf64_Phdr *parts = (const void *)(elf + header->e_phoff), *data = 0;
  for (int i = 0; i < header->e_phnum; i++) {
    if (parts[i].p_type != PT_LOAD)
      continue;
    memcpy(map_at(parts[i].p_vaddr, parts[i].p_memsz), elf + parts[i].p_offset, parts[i].p_filesz);
    if (parts[i].p_flags & PF_W)
      data = &parts[i];
  }
  if (!data)
    stop("the engine has no data");
  // mov rax, answer; jmp rax
  uint8_t jump[12] = {0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xe0};
  void *target = (void *)answer;
  memcpy(jump + 2, &target, 8);
  memcpy((void *)symbol(elf, "system_call"), jump, sizeof jump);
  ((void (*)(uint64_t))symbol(elf, "heap_begin"))(1ull << 30);
  ((void (*)(void))symbol(elf, "engine_prepare"))();
  if (!*(void **)symbol(elf, "prepared"))
    stop("the engine could not be made");
  FILE *out = fopen(arguments[2], "wb");
  append(out, data->p_vaddr, data->p_memsz);
  fclose(out);
  out = fopen(arguments[3], "wb");
  append(out, ADDRESS_HEAP, records);
  append(out, first_block, blocks);
  return fclose(out) ? 1 : 0;
}
