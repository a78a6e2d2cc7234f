// What the engine process has in C apart from JavaScript: system calls, log, heap, formatting,
// hashes, random numbers. Invariant: one thread runs JavaScript and all of this; nothing here
// locks.
#ifndef LEIVOS_NATIVE_H
#define LEIVOS_NATIVE_H
#include "../../abi/abi.gen.h"
#include "sha256.h"
#include <stddef.h>

typedef s64 i64;

// start.asm
i64 system_call(const u64 argument[6], u64 number, u64 *second);
void probe_entry(void);
void spin_entry(void);

// system.c
extern u8 *message_buffer;
i64 call3(u64 number, u64 a, u64 b, u64 c);
#define call2(number, a, b) call3(number, a, b, 0)
#define call1(number, a) call3(number, a, 0, 0)
#define call0(number) call3(number, 0, 0, 0)
_Noreturn void exit_process(int code);
/// Appends a line to the nucleus's log after the process's name; nothing without a log handle.
void log_line(const char *format, ...);
extern u32 log_handle, copied;
extern char process_name[33];

// thread.c
/// Where a native thread begins, with the address of its plan (sdk/runtime/native-thread.ts).
_Noreturn void native_thread(u8 *buffer, const u64 *plan);

// recorder.c
/// The memory to write to, and the JSRuntime that it names; 0: none, and nothing is noted.
void recorder_begin(u64 address, const void *runtime);
/// Events of what that handle names have that key from now on: the loop's slot.
void recorder_bind(u32 handle, u64 slot);
/// The `bytes` of events in `area` have been received, or of submissions are about to leave, at
/// `time` (ns since boot).
void recorder_note(u64 time, const u8 *area, u64 bytes, int received);

// heap.c
/// Limits the heap to `limit` bytes; to be called before the first allocation, and again at will.
void heap_begin(u64 limit);
/// Maps a private copy of the heap as it was when the engine was built, from the memory object
/// that holds its records and then its pages; what is missing at the end is zeros. 0: no memory.
int heap_clone(u64 image);
/// The endpoint that memory of the heap is sent to as it is mapped, 0 none: for who reads it after
/// the end. What was sent stays mapped.
extern u32 heap_heir;
/// Bytes in pages that hold allocations.
u64 heap_used(void);
/// Gives free memory at the end of the heap back to the system, in steps of 256 KiB.
void heap_trim(void);
/// Whether an allocation was refused since `heap_restore`.
int heap_exhausted(void);
/// Puts the reserve aside again that the first refused allocation gives up, where there is room.
void heap_restore(void);

// format.c: the part of printf that the engine uses (integers, strings, characters)
int format_text(char *to, size_t size, const char *format, __builtin_va_list arguments);

// hmac.c (RFC 2104, RFC 8018)
struct hmac {
  struct sha256 inner, outer;
};
void hmac_key(struct hmac *h, const u8 *key, size_t length);
void hmac_end(struct hmac *h, u8 mac[32]);
void pbkdf2_sha256(const u8 *password, size_t length, const u8 *salt, size_t salt_length,
                   u32 rounds, u8 out[32]);

// drbg.c (SP 800-90A, 10.1.2)
void drbg_seed(const u8 *entropy, size_t length, const u8 *name, size_t name_length);
int drbg_fill(u8 *out, size_t length);
#endif
