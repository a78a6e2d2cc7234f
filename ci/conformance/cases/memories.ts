// Memory objects: zeroed, private or shared as asked, mapped where nothing else is, never writable and executable at once.
import { addresses, protections, rights } from "../../../sdk/abi/table.ts";
import { uusi } from "../../../sdk/runtime/binding.ts";
import { type Case, equal, is, refused, test } from "../case.ts";
import { emptyProcess } from "../child.ts";
import type { ImageObject, StartFacts } from "../start.ts";
import { close, must, restricted, second, sys, without } from "../system.ts";

const PAGE = 4096;
const { READ, WRITE, EXECUTE } = protections;

/** Makes memory of `pages` pages, runs, closes. */
function withMemory(pages: number, run: (memory: number) => void): void {
  const memory = must("memory_create", pages * PAGE, 0);
  run(memory);
  close(memory);
}

/** Maps, runs with the address, unmaps. */
function mapped(
  memory: number,
  bytes: number,
  protection: number,
  run: (at: number) => void,
): void {
  const at = must("memory_map", 0, memory, 0, 0, bytes, protection);
  run(at);
  must("memory_unmap", 0, at);
}

const text = (facts: StartFacts) => facts.image["engine.text"] as ImageObject;

export const memoryCases: Case[] = [
  test("new memory is zero and has the size asked for", () => {
    withMemory(3, (memory) => {
      equal(must("memory_info", memory), 3 * PAGE, "size");
      mapped(memory, 3 * PAGE, READ | WRITE, (at) => {
        for (let i = 0; i < 3 * PAGE; i += 508) equal(uusi.get32(at + i), 0, `at ${i}`);
        uusi.set32(at + 2 * PAGE, 7);
      });
    });
  }),
  test("memory that was used before is zero again", () => {
    for (let round = 0; round < 3; round++) {
      withMemory(2, (memory) =>
        mapped(memory, 2 * PAGE, READ | WRITE, (at) => {
          equal([uusi.get32(at), uusi.get32(at + 8188)], [0, 0], "before");
          uusi.fill32(at, 0xdeadbeef, 2048);
        }),
      );
    }
  }),
  test("a size is rounded up to pages, 0 is refused", () => {
    const memory = must("memory_create", 1, 0);
    equal(must("memory_info", memory), PAGE, "size");
    close(memory);
    refused(sys("memory_create", 0, 0), "BAD_ARGUMENT", "no bytes");
    refused(sys("memory_create", PAGE, 0x8000), "BAD_ARGUMENT", "an unknown flag");
  }),
  test("more than the machine has is refused", () => {
    for (const bytes of [2 ** 42, 2 ** 52, -4096, -1]) {
      is(sys("memory_create", bytes, 0) < 0, `${bytes} bytes are refused`);
    }
  }),
  test("contiguous memory is memory", () => {
    const memory = must("memory_create", 4 * PAGE, 1);
    mapped(memory, 4 * PAGE, READ | WRITE, (at) => {
      uusi.set32(at + 3 * PAGE, 5);
      equal(uusi.get32(at + 3 * PAGE), 5, "its last page");
    });
    close(memory);
  }),
  test("two mappings show the same bytes", () => {
    withMemory(1, (memory) =>
      mapped(memory, PAGE, READ | WRITE, (one) =>
        mapped(memory, PAGE, READ, (two) => {
          is(one !== two, "two places");
          uusi.set32(one + 12, 99);
          equal(uusi.get32(two + 12), 99, "the other");
        }),
      ),
    );
  }),
  test("a part is mapped at its offset", () => {
    withMemory(3, (memory) =>
      mapped(memory, 3 * PAGE, READ | WRITE, (whole) => {
        uusi.set32(whole + 2 * PAGE, 42);
        const part = must("memory_map", 0, memory, 0, 2 * PAGE, PAGE, READ);
        equal(uusi.get32(part), 42, "the third page");
        must("memory_unmap", 0, part);
      }),
    );
  }),
  test("a mapping outlives its handle", () => {
    const memory = must("memory_create", PAGE, 0);
    const at = must("memory_map", 0, memory, 0, 0, PAGE, READ | WRITE);
    close(memory);
    uusi.set32(at, 3);
    equal(uusi.get32(at), 3, "the word");
    must("memory_unmap", 0, at);
  }),
  test("a wish for an address is fulfilled", () => {
    const wish = addresses.SHARED_END - 1024 * PAGE;
    withMemory(1, (memory) => {
      equal(must("memory_map", 0, memory, wish, 0, PAGE, READ), wish, "address");
      must("memory_unmap", 0, wish);
    });
  }),
  test("without a wish the place is in the shared range", () => {
    withMemory(1, (memory) =>
      mapped(memory, PAGE, READ, (at) => {
        is(at >= addresses.SHARED && at < addresses.SHARED_END, "the range");
      }),
    );
  }),
  test("a taken range is NO_ADDRESS_SPACE", () => {
    withMemory(4, (memory) =>
      mapped(memory, 4 * PAGE, READ, (at) => {
        for (const wish of [at, at + PAGE, at - 3 * PAGE]) {
          refused(
            sys("memory_map", 0, memory, wish, 0, 4 * PAGE, READ),
            "NO_ADDRESS_SPACE",
            `at ${wish}`,
          );
        }
      }),
    );
  }),
  test("a range outside of user space is NO_ADDRESS_SPACE", () => {
    withMemory(2, (memory) => {
      const below = addresses.USER_BASE - PAGE;
      for (const wish of [PAGE, below, addresses.USER_END - PAGE, addresses.USER_END, 2 ** 51]) {
        refused(
          sys("memory_map", 0, memory, wish, 0, 2 * PAGE, READ),
          "NO_ADDRESS_SPACE",
          `at ${wish}`,
        );
      }
    });
  }),
  test("an address, offset or size off the page grid is BAD_ARGUMENT", () => {
    withMemory(2, (memory) => {
      const wish = addresses.SHARED + 2 ** 40;
      refused(sys("memory_map", 0, memory, wish + 8, 0, PAGE, READ), "BAD_ARGUMENT", "address");
      refused(sys("memory_map", 0, memory, wish, 8, PAGE, READ), "BAD_ARGUMENT", "offset");
      refused(sys("memory_map", 0, memory, wish, 0, PAGE + 8, READ), "BAD_ARGUMENT", "bytes");
      refused(sys("memory_map", 0, memory, wish, 0, 0, READ), "BAD_ARGUMENT", "no bytes");
    });
  }),
  test("a range beyond the object is refused", () => {
    withMemory(2, (memory) => {
      for (const [offset, bytes] of [
        [0, 3],
        [1, 2],
        [2, 1],
        [2 ** 38, 1],
      ] as [number, number][]) {
        const result = sys("memory_map", 0, memory, 0, offset * PAGE, bytes * PAGE, READ);
        is(result < 0, `pages ${offset} + ${bytes} are refused`);
      }
    });
  }),
  test("writable and executable at once is refused", (facts) => {
    const { handle } = text(facts);
    for (const protection of [WRITE | EXECUTE, READ | WRITE | EXECUTE]) {
      refused(sys("memory_map", 0, handle, 0, 0, PAGE, protection), "BAD_ARGUMENT", "W^X");
    }
    withMemory(1, (memory) => {
      is(sys("memory_map", 0, memory, 0, 0, PAGE, WRITE | EXECUTE) < 0, "own memory too");
    });
  }),
  test("executable needs EXECUTE, which only code of the image has", (facts) => {
    withMemory(1, (memory) => {
      refused(sys("memory_map", 0, memory, 0, 0, PAGE, READ | EXECUTE), "NO_RIGHT", "own memory");
    });
    const { handle } = text(facts);
    mapped(handle, PAGE, READ | EXECUTE, (at) => is(at > 0, "code of the image"));
    const copy = must("memory_clone", handle, 0, PAGE, PAGE);
    refused(sys("memory_map", 0, copy, 0, 0, PAGE, READ | EXECUTE), "NO_RIGHT", "a copy of code");
    close(copy);
  }),
  test("code of the image is not writable", (facts) => {
    refused(
      sys("memory_map", 0, text(facts).handle, 0, 0, PAGE, READ | WRITE),
      "NO_RIGHT",
      "WRITE",
    );
  }),
  test("unknown protection bits, and none, are BAD_ARGUMENT", () => {
    withMemory(1, (memory) => {
      for (const p of [0, 8, 16, 0xff]) {
        refused(sys("memory_map", 0, memory, 0, 0, PAGE, p), "BAD_ARGUMENT", `protection ${p}`);
      }
    });
  }),
  test("writing needs WRITE", () => {
    withMemory(1, (memory) => {
      const weak = restricted(memory, without(rights.WRITE));
      refused(sys("memory_map", 0, weak, 0, 0, PAGE, READ | WRITE), "NO_RIGHT", "READ | WRITE");
      mapped(weak, PAGE, READ, (at) => equal(uusi.get8(at), 0, "reading"));
      close(weak);
    });
  }),
  test("what is not mapped can't be unmapped, a region only as a whole", () => {
    withMemory(2, (memory) =>
      mapped(memory, 2 * PAGE, READ, (at) => {
        is(sys("memory_unmap", 0, at + PAGE) < 0, "from its middle");
        is(sys("memory_unmap", 0, at - PAGE) < 0, "before it");
        is(sys("memory_unmap", 0, addresses.SHARED_END - PAGE) < 0, "nothing there");
        equal(uusi.get8(at + PAGE), 0, "still mapped");
      }),
    );
  }),
  test("an unmapped range can be mapped again", () => {
    const wish = addresses.SHARED_END - 2048 * PAGE;
    withMemory(1, (memory) => {
      for (let i = 0; i < 20; i++) {
        equal(must("memory_map", 0, memory, wish, 0, PAGE, READ), wish, "address");
        must("memory_unmap", 0, wish);
      }
    });
  }),
  test("a clone is a private copy", () => {
    withMemory(2, (memory) => {
      mapped(memory, 2 * PAGE, READ | WRITE, (at) => {
        uusi.set32(at + PAGE, 11);
        const copy = must("memory_clone", memory, 0, 2 * PAGE, 2 * PAGE);
        uusi.set32(at + PAGE, 12);
        mapped(copy, 2 * PAGE, READ | WRITE, (there) => {
          equal(uusi.get32(there + PAGE), 11, "as it was");
          uusi.set32(there, 13);
        });
        equal(uusi.get32(at), 0, "the original");
        close(copy);
      });
    });
  }),
  test("a clone is extended with zeros", () => {
    withMemory(1, (memory) => {
      mapped(memory, PAGE, READ | WRITE, (at) => uusi.fill32(at, 0xffffffff, 1024));
      const copy = must("memory_clone", memory, 0, PAGE, 3 * PAGE);
      equal(must("memory_info", copy), 3 * PAGE, "size");
      mapped(copy, 3 * PAGE, READ, (at) => {
        const words = [uusi.get32(at + 4092), uusi.get32(at + PAGE), uusi.get32(at + 3 * PAGE - 4)];
        equal(words, [0xffffffff, 0, 0], "words");
      });
      close(copy);
    });
  }),
  test("a clone's range must lie in the object and fit the size", () => {
    withMemory(2, (memory) => {
      is(sys("memory_clone", memory, 0, 3 * PAGE, 3 * PAGE) < 0, "beyond the end");
      is(sys("memory_clone", memory, 2 * PAGE, PAGE, PAGE) < 0, "from the end");
      is(sys("memory_clone", memory, 0, 2 * PAGE, PAGE) < 0, "a size below the bytes");
      is(sys("memory_clone", memory, 0, 0, 0) < 0, "a size of nothing");
    });
  }),
  test("a large object is made, copied, mapped and given back in slices", () => {
    withMemory(300, (memory) =>
      mapped(memory, 300 * PAGE, READ | WRITE, (at) => {
        uusi.set32(at + 299 * PAGE, 77);
        const copy = must("memory_clone", memory, 0, 300 * PAGE, 300 * PAGE);
        mapped(copy, 300 * PAGE, READ, (there) =>
          equal(uusi.get32(there + 299 * PAGE), 77, "copied"),
        );
        close(copy);
      }),
    );
  }),
  test("memory can be mapped into another process that is not started", (facts) => {
    const process = emptyProcess(facts, facts.budget);
    withMemory(1, (memory) => {
      equal(
        must("memory_map", process, memory, 0x5000_0000, 0, PAGE, READ),
        0x5000_0000,
        "address",
      );
      refused(
        sys("memory_map", process, memory, 0x5000_0000, 0, PAGE, READ),
        "NO_ADDRESS_SPACE",
        "the same place",
      );
      must("memory_unmap", process, 0x5000_0000);
    });
    close(process);
  }),
  test("ordinary memory shows no bus address", () => {
    withMemory(1, (memory) => {
      must("memory_info", memory);
      equal(second(), 0, "bus address");
    });
  }),
  test("sealed memory keeps what it holds, and is never writable again", () => {
    withMemory(2, (memory) => {
      const at = must("memory_map", 0, memory, 0, 0, 2 * PAGE, READ | WRITE);
      uusi.set32(at + PAGE, 0x1234);
      refused(sys("memory_seal", memory, 0), "BUSY", "while it is mapped writable");
      must("memory_unmap", 0, at);
      const sealed = must("memory_seal", memory, 0);
      refused(sys("memory_map", 0, memory, 0, 0, PAGE, READ | WRITE), "BAD_STATE", "writing");
      refused(sys("memory_map", 0, sealed, 0, 0, PAGE, READ | WRITE), "NO_RIGHT", "its handle");
      refused(sys("memory_map", 0, sealed, 0, 0, PAGE, READ | EXECUTE), "NO_RIGHT", "executing");
      mapped(sealed, 2 * PAGE, READ, (to) => equal(uusi.get32(to + PAGE), 0x1234, "content"));
      const again = must("memory_seal", memory, 0);
      const copy = must("memory_clone", sealed, 0, 2 * PAGE, 2 * PAGE);
      mapped(copy, 2 * PAGE, READ | WRITE, (to) => uusi.set32(to, 1));
      close(sealed, again, copy);
    });
  }),
  test("memory becomes executable by sealing alone, with the privilege", (facts) => {
    withMemory(1, (memory) => {
      refused(sys("memory_map", 0, memory, 0, 0, PAGE, READ | EXECUTE), "NO_RIGHT", "before");
      const code = must("memory_seal", memory, facts.system);
      mapped(code, PAGE, READ | EXECUTE, () => undefined);
      refused(
        sys("memory_map", 0, code, 0, 0, PAGE, READ | WRITE | EXECUTE),
        "BAD_ARGUMENT",
        "all",
      );
      refused(sys("memory_map", 0, memory, 0, 0, PAGE, READ | EXECUTE), "NO_RIGHT", "the old one");
      close(code);
    });
  }),
  test("what is no memory of one's own can't be sealed", (facts) => {
    const device = must("device_memory_create", facts.deviceMemory, 0xfed0_0000, PAGE, 0);
    refused(sys("memory_seal", device, 0), "BAD_STATE", "device memory");
    close(device);
    // what a device may write to behind every processor's back
    const privilege = must("handle_duplicate", facts.dma, rights.ALL, 0xd00e);
    const buffer = must("dma_create", privilege, PAGE);
    for (const system of [0, facts.system])
      refused(sys("memory_seal", buffer, system), "BAD_STATE", "memory for a device");
    close(buffer, privilege);
    must("system_control", facts.system, 4);
    equal(must("dma_release", facts.dma, 0xd00e), 1, "released pages");
  }),
];
