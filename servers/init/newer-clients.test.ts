// A client that is made with a newer contract than its server runs: alone it is refused with the method, with its server it is swapped.
import test from "ava";
import { differingField } from "../../sdk/cli/push/differing-field.ts";
import { call, type Contract, type Method, type Methods } from "../../sdk/contract/contract.ts";
import { oneof, string, u8, u32 } from "../../sdk/contract/field.ts";
import { type ManifestFields, packManifest } from "../../sdk/contract/manifest.ts";
import { handedOut, lackingMethod, methodHashes } from "../../sdk/contract/method-hashes.ts";
import { schemaText } from "../../sdk/contract/schema-text.ts";
import { Net } from "../netd/contract.ts";
import { Tape } from "../tape/contract.ts";
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

test("the contracts of channels that a server hands out, not of those that it is given", (t) => {
  const names = (of: Contract<Methods>) => handedOut(of).map(({ name }) => name);
  t.deepEqual(names(Net).sort(), ["tcp-listener", "tcp-stream", "udp-socket"]);
  t.deepEqual(names(Tape), [], "its session comes from whoever runs scripts");
  const { hands = [] } = packManifest({ name: "netd", serves: { "/svc/net": Net } });
  t.true(
    hands.some(({ contract, methods }) => contract === "tcp-stream" && /share=/.test(methods)),
  );
});

test("the field of a method that differs from what runs is named", (t) => {
  const shapes = (method: Method) => [{ name: "clock", methods: { now: schemaText(method) } }];
  const was = shapes(call({ zone: string }, { hour: u8, day: oneof("first", "second") }));
  const cases: [Method, string][] = [
    [
      call({ zone: string, deadline: u32 }, { hour: u8, day: oneof("first", "second") }),
      "field `deadline` of the request is new and no trailing optional",
    ],
    [call({}, { hour: u8, day: oneof("first", "second") }), "field `zone` of the request is gone"],
    [
      call({ zone: u32 }, { hour: u8, day: oneof("first", "second") }),
      "field `zone` of the request changed from string to u32",
    ],
    [
      call({ place: string }, { hour: u8, day: oneof("first", "second") }),
      "field `zone` of the request is called `place` now",
    ],
    [
      call({ zone: string }, { hour: u8, day: oneof("first", "second", "third") }),
      "field `day` of the answer has the new word `third`",
    ],
  ];
  for (const [method, sentence] of cases)
    t.is(differingField(shapes(method), was), `clock.now: ${sentence}`);
  t.is(differingField(was, was), "");
  t.is(differingField(shapes(cases[0]![0]), []), "");
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

/** The same with a contract of channels that travel in messages. */
const withSide = (key: "speaks" | "hands", fields: ManifestFields, methods: string) =>
  JSON.stringify({
    ...packManifest({ budget, ...fields }),
    [key]: [{ contract: "side", methods }],
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
      sideSame: withSide("speaks", meterFields, "look=1a"),
      sideOther: withSide("speaks", meterFields, "look=2b"),
      same: packed(meterFields, Counter),
      more: packed(meterFields, More),
      changed: packed(meterFields, Changed),
      counterMore: withSide(
        "hands",
        { ...counterFields, serves: { "/svc/counter": More } },
        "look=1a",
      ),
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
    say(await ask("more", "sideSame"));
    say(await ask("more", "sideOther"));
    `,
  );
  t.deepEqual(await hostLines(guest), [
    "swapped meter N ms (paused N ms, 0 streams kept) along ",
    "refused meter because contract counter.reset: counter does not serve it, and this code is made with it along counter",
    "refused meter because contract counter.add: counter serves it in another shape, and this code is made with it along counter",
    "swapped meter, counter N ms (paused N ms, 1 stream kept) along ",
    "swapped meter N ms (paused N ms, 0 streams kept) along ",
    "swapped meter N ms (paused N ms, 0 streams kept) along ",
    "refused meter because contract side.look: counter serves it in another shape, and this code is made with it along counter",
  ]);
});
