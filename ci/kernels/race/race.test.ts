// Check and seal while another process writes to the memory, on two processors: what became executable is what was checked, or it is refused.
import test from "ava";
import { loginPrompt } from "../../qemu/booted-guest.ts";
import { diskGuest } from "../../qemu/disk-guest.ts";
import { diskWithServers } from "../with-server.ts";
import { Hammer } from "./hammer.contract.ts";

const never = { restart: { when: "never" } } as const;
const servers = [
  {
    entry: "ci/kernels/race/racer-main.ts",
    fields: {
      name: "racer",
      kernels: ["checksum"],
      uses: ["/svc/code", "/svc/jit", "/svc/hammer"],
      ...never,
    },
  },
  {
    entry: "ci/kernels/race/hammer-main.ts",
    fields: {
      name: "hammer",
      kernels: ["ci-hammer"],
      serves: { "/svc/hammer": Hammer },
      ...never,
    },
  },
] as const;

test("bytes that are sealed while another process writes to them are those that were checked", async (t) => {
  const guest = await diskGuest(await diskWithServers(servers, { netd_wait: "0" }));
  try {
    await guest.expect(loginPrompt, 120_000);
    guest.type("dev\n");
    await guest.expect(/Password: $/, 60_000);
    guest.type("dev\n");
    await guest.expect(/leivos\$ $/, 60_000);
    let log = "";
    for (let tries = 0; tries < 200 && !/race is over/.test(log); tries++) {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      guest.type("log racer\n");
      const { input, index } = await guest.expect(/leivos\$ $/, 60_000);
      log = input.slice(0, index);
    }
    t.notRegex(log, /FAILED|uncaught/);
    const counts = (what: string) =>
      (
        new RegExp(
          `${what}: (\\d+) accepted, (\\d+) refused, (\\d+) times in use, (\\d+) during`,
        ).exec(log) ?? []
      )
        .slice(1)
        .map(Number);
    const [unmapped, back, own, copied] = ["unmapped", "taken back", "own code", "copied"].map(
      counts,
    );
    t.log(
      log
        .replaceAll("\r", "")
        .split("\n")
        .filter((line) => /accepted/.test(line))
        .join("; "),
    );
    // of even flips the image's code remains, of odd ones another
    t.deepEqual(unmapped?.slice(0, 2), [6, 6]);
    t.true((unmapped?.[2] ?? 0) >= 1);
    t.is((back?.[0] ?? 0) + (back?.[1] ?? 0), 12);
    t.is(own?.[0], 12);
    for (const each of [back, own]) {
      t.true((each?.[2] ?? 0) >= 12, "it is in use until it is taken back");
      t.is(each?.[3], 12, "the writer wrote before and behind the seal");
    }
    t.is(copied?.[0], 1);
  } finally {
    await guest.close();
  }
});
