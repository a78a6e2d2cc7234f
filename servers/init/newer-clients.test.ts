// A client that is made with a newer contract than its server runs: alone it is refused with the method, with its server it is swapped.
import test from "ava";
import type { Contract, Methods } from "../../sdk/contract/contract.ts";
import { type ManifestFields, packManifest } from "../../sdk/contract/manifest.ts";
import { lackingMethod, methodHashes } from "../../sdk/contract/method-hashes.ts";
import { Counter } from "./testing/counter.contract.ts";
import { Counter as Changed } from "./testing/counter-changed.contract.ts";
import { Counter as More } from "./testing/counter-more.contract.ts";
import { counter, counterFields } from "./testing/counter.ts";
import { meter, meterFields } from "./testing/meter.ts";
import { hostLines, swapScene } from "./testing/swap-scene.ts";

test("methods are the same, of another shape, or not there; an optional at the end is the same", (t) => {
  const [was, changed, more] = [Counter, Changed, More].map(methodHashes) as [
    string,
    string,
    string,
  ];
  t.is(lackingMethod(was, was), undefined);
  t.deepEqual(lackingMethod(changed, was), { method: "add", other: true });
  t.deepEqual(lackingMethod(more, was), { method: "reset", other: false });
  t.is(lackingMethod(was, more), undefined, "a server that has more serves those made with less");
  t.is(lackingMethod("", was), undefined);
});

const budget = 12 << 20;
/** The manifests as a host packs them. */
const packed = (fields: ManifestFields, speaks?: Contract<Methods>) =>
  JSON.stringify({
    ...packManifest({ budget, ...fields }),
    ...(speaks === undefined
      ? {}
      : { speaks: [{ contract: speaks.name, methods: methodHashes(speaks) }] }),
  });

test("a client alone is refused for what its server does not have, and goes on; both are swapped in one step", async (t) => {
  const served = { ...counterFields, serves: { "/svc/counter": Counter } };
  const guest = await swapScene(
    [
      { fields: served, code: counter({ code: "one" }) },
      { fields: meterFields, code: meter({ code: "one", contract: "counter" }) },
    ],
    {
      same: meter({ code: "same", contract: "counter" }),
      more: meter({ code: "more", contract: "counter-more" }),
      counterMore: counter({
        code: "more",
        contract: "counter-more",
        handlers: "reset: () => ({}),",
      }),
    },
    `
    counter.close();
    const manifests: { [name: string]: string } = ${JSON.stringify({
      same: packed(meterFields, Counter),
      more: packed(meterFields, More),
      changed: packed(meterFields, Changed),
      counterMore: packed({ ...counterFields, serves: { "/svc/counter": More } }),
    })};
    const request = (server: string, name: string, manifest: string) => {
      const [memory, size] = push(name);
      const text = new Uint8Array(manifests[manifest]!.length);
      uusi.encode(manifests[manifest]!, text, 0);
      return { server, code: memory.take(), size, digest: codes[name]!.digest, manifest: text };
    };
    const ask = async (name: string, manifest: string, server = "meter", together: string[] = []) => {
      const answer = await session.swap({ ...request(server, name, manifest), together });
      if (answer instanceof Failure) return "failed: " + answer.sentence;
      return answer.line.replace(/[\\d.]+ ms/g, "N ms") + " along " + (answer.along ?? []).join(" ");
    };
    await sleep(20e6);
    say(await ask("same", "same"));
    say(await ask("more", "more"));
    say(await ask("more", "changed"));
    const staged = await session.stage(request("counter", "counterMore", "counterMore"));
    if (staged instanceof Failure) say(staged.sentence);
    say(await ask("more", "more", "meter", ["counter"]));
    say(await ask("more", "more"));
    `,
  );
  t.deepEqual(await hostLines(guest), [
    "swapped meter N ms (paused N ms, 0 streams kept) along ",
    "refused meter because contract counter.reset: counter does not serve it, and this code is made with it along counter",
    "refused meter because contract counter.add: counter serves it in another shape, and this code is made with it along counter",
    "swapped meter, counter N ms (paused N ms, 1 stream kept) along ",
    "swapped meter N ms (paused N ms, 0 streams kept) along ",
  ]);
});
