// Scripts of a host against a tape server that records what it was asked.
import test from "ava";
import { Failure } from "../../sdk/contract/failure.ts";
import { Scripts } from "./scripts.ts";

/** Scripts over places that note what they were asked; the first `ending` of them are about to end. */
function scene(ending = 0) {
  const asked: string[] = [];
  let places = 0;
  const open = async () => {
    places += 1;
    const number = places;
    const place = {
      closed: false,
      lend: async ({ session }: { session: number }) => {
        asked.push(`lend ${session}`);
        return number <= ending ? new Failure(-8, "gone") : {};
      },
      source: async ({ text }: { text: string }) => {
        asked.push(`source ${text.length}`);
        return {};
      },
      run: async (request: { kind: string; show: string; source: string }) => {
        asked.push(`run ${request.kind} ${request.show} ${request.source.slice(0, 9)}`);
        return { output: "1\n", state: "running", code: 0 };
      },
      more: async () => ({ output: "", state: "done", code: 3 }),
      send: { stop: () => void asked.push("stop") },
      close: () => {
        place.closed = true;
        asked.push("close");
      },
    };
    return place as never;
  };
  const scripts = new Scripts({ session: { again: async () => ({ session: 7 }) }, open });
  const run = (source: unknown, kind: unknown = "script", show: unknown = "value") =>
    scripts.ask("script", { kind, show, source });
  return { scripts, asked, run };
}

test("a place is opened once a session, lent the session, and closed with it", async (t) => {
  const { scripts, asked, run } = scene();
  t.like(await scripts.ask("script-more", {}), { code: 5 }, "nothing was begun");
  t.deepEqual(await run("6 * 7"), { output: "1\n", state: "running", code: 0 });
  t.deepEqual(await scripts.ask("script-more", {}), { output: "", state: "done", code: 3 });
  await run("a", "line", "json");
  await scripts.ask("script-stop", {});
  scripts.close();
  t.deepEqual(asked, ["lend 7", "run script value 6 * 7", "run line json a", "stop", "close"]);
  await run("b");
  t.is(asked.filter((each) => each === "lend 7").length, 2, "the next session has its own");
});

test("a process that was just ending is followed by the next one", async (t) => {
  const { asked, run } = scene(2);
  await run("1");
  t.deepEqual(asked, ["lend 7", "close", "lend 7", "close", "lend 7", "run script value 1"]);
});

test("a long source goes in pieces that fit, and no character is cut", async (t) => {
  const { asked, run } = scene();
  await run(`x${"\u{1f600}".repeat(1_500)}`);
  const pieces = asked.filter((each) => each.startsWith("source")).map((each) => +each.slice(7));
  t.deepEqual(pieces, [1199, 1200]);
});

test("wrong requests are refused with what is wanted", async (t) => {
  const { asked, run } = scene();
  for (const wrong of [run(7), run("1", "file"), run("1", "line", "table"), run("1", 3)])
    t.like(await wrong, { code: 7 });
  t.regex(((await run("x".repeat(70_000))) as Failure).sentence, /at most 65536/);
  t.deepEqual(asked, []);
});
