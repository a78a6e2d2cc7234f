// Code that is written, sealed and run; nobody can make it writable again.
#include "system.h"

void seal_case(const struct campaign *c) {
  for (u32 n = 0; n < 1 + c->scale; n++) {
    const u8 code[] = {0xb8, (u8)n, 0, 0, 0, 0xc3}; // mov eax, n; ret
    u32 memory = (u32)CALL(SYS_MEMORY_CREATE, PAGE, 0, 0, 0, 0, 0);
    u8 *at = (u8 *)CALL(SYS_MEMORY_MAP, 0, memory, 0, 0, PAGE, PROTECT_READ | PROTECT_WRITE);
    memcpy(at, code, sizeof code);
    if (TRY(SYS_MEMORY_SEAL, memory, first[FIRST_SYSTEM], 0, 0, 0, 0) != ERROR_BUSY)
      fail("# sealed while it is writable");
    CALL(SYS_MEMORY_UNMAP, 0, at, 0, 0, 0, 0);
    u32 sealed = (u32)CALL(SYS_MEMORY_SEAL, memory, first[FIRST_SYSTEM], 0, 0, 0, 0);
    at = (u8 *)CALL(SYS_MEMORY_MAP, 0, sealed, 0, 0, PAGE, PROTECT_READ | PROTECT_EXECUTE);
    if (((u32(*)(void))(u64)at)() != n)
      fail("# the sealed code did something else");
    if (TRY(SYS_MEMORY_MAP, 0, memory, 0, 0, PAGE, PROTECT_READ | PROTECT_WRITE) != ERROR_BAD_STATE)
      fail("# sealed memory was mapped writable");
    CALL(SYS_MEMORY_UNMAP, 0, at, 0, 0, 0, 0);
    CALL(SYS_HANDLE_CLOSE, sealed, 0, 0, 0, 0, 0);
    CALL(SYS_HANDLE_CLOSE, memory, 0, 0, 0, 0, 0);
  }
}
