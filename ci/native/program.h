// Processes of the program that runs: made from the boot image's objects, as `init` makes servers.
#ifndef NATIVE_PROGRAM_H
#define NATIVE_PROGRAM_H
#include "call.h"

extern u32 first[]; // the first process's handles, by FIRST_*; 0 elsewhere
extern struct object {
  u32 handle;
  u64 length, memory, address, entry;
} program_text, program_rodata, program_data;

/// What START gave the first process: u32 count, then its handles.
void program_begin(const u32 *handles);
void program_map(u32 process, u32 memory, u64 address, u64 offset, u64 bytes, u64 protection);
/// A process with a budget of its own of `budget` bytes, code, data and `stack` bytes of stack
/// mapped, not started.
u32 program_make(const char *name, u64 budget, u32 weight, u64 stack);
/// Starts it. Handles are moved.
void program_start(u32 process, const void *payload, u32 bytes, const u32 *handles, u16 count);
/// Handles of a submission, all with every right they have.
void put_handles(struct submission *s, const u32 *handles, u16 count);
#endif
