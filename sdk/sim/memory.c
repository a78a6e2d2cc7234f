// What C itself needs where there is no C library: memory for the frame pool and the functions that
// a compiler may call (WebAssembly's bulk memory instructions do the work). Host tests have a C
// library and their own pool.
#ifdef __wasm__
#include "arch.h"

/// `bytes` of new zeroed memory, 0 when the engine gives none.
u8 *sim_memory(size_t bytes) {
  size_t pages = (bytes + 65535) / 65536, at = __builtin_wasm_memory_grow(0, pages);
  return at == (size_t)-1 ? 0 : (u8 *)(at * 65536);
}

// With -mbulk-memory the builtins are single instructions, never calls of these functions.
void *memcpy(void *restrict to, const void *restrict from, size_t bytes) {
  return __builtin_memcpy(to, from, bytes);
}
void *memmove(void *to, const void *from, size_t bytes) {
  return __builtin_memmove(to, from, bytes);
}
void *memset(void *to, int value, size_t bytes) { return __builtin_memset(to, value, bytes); }
#endif
