// A server's Tape kernels change with its code: sealed by the code keeper, given with the swap, and with each restart of that code.
import test from "ava";
import { packManifest } from "../../sdk/contract/manifest.ts";
import { buildKernel } from "../../sdk/image/kernel-modules.ts";
import { serverScript } from "../../sdk/sim/testing/server-script.ts";
import { counter, counterFields } from "./testing/counter.ts";
import { hostLines, swapScene } from "./testing/swap-scene.ts";

const fields = { ...counterFields, kernels: ["crc32c"] as const };
/** Where the head of a kernel's file has the hash of its source (tape/native/README.md). */
const SOURCE = 96;

const version = (code: string, begin = "") =>
  `import { crc32c, tier } from "../../../tape/kernels/crc32c.tape";\n${counter({
    code,
    begin,
    handlers: `code: () => ({ code: "${code} " + tier + " " + crc32c(new Uint8Array([1, 2, 3]), 0).toString(16) }),`,
  })}`;

/** The scripts of a version built with one source of its kernel and with another one, and the kernel of the other. */
async function twoSources() {
  const { file } = await buildKernel("tape/kernels/crc32c.tape");
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
  const hash = hex(file.subarray(SOURCE, SOURCE + 32));
  const other = Uint8Array.from(file);
  other[SOURCE]! ^= 1;
  const another = hex(other.subarray(SOURCE, SOURCE + 32));
  const script = await serverScript(version("two"));
  const bad = await serverScript(version("bad", `throw new Error("not today");`));
  return {
    image: file,
    other: hex(other),
    scripts: {
      same: script,
      two: script.replaceAll(hash, another),
      bad: bad.replaceAll(hash, another),
    },
  };
}

const host = (other: string, manifest: string) => `
  const kernel = "${other}";
  const bytesOf = (text: string, size: number) => {
    const memory = Memory.create(size);
    if (memory instanceof Failure) throw new Error(memory.sentence);
    const view = memory.map();
    if (view instanceof Failure) throw new Error(view.sentence);
    const bytes = new Uint8Array(size);
    for (let i = 0; i < size; i++) bytes[i] = parseInt(text.slice(2 * i, 2 * i + 2), 16);
    view.copyIn(0, bytes, 0, size);
    view.close();
    const digest = Array.from(uusi.sha256(bytes), (byte) => (byte + 256).toString(16).slice(1)).join("");
    return { code: memory.take(), size, digest };
  };
  const give = async (name: string, kernels: string[], digest?: string) => {
    const [memory, size] = push(name);
    const text = new Uint8Array(400);
    const answer = await session.swap({
      server: "counter", code: memory.take(), size, digest: codes[name]!.digest,
      manifest: text.slice(0, uusi.encode(${manifest}, text, 0)),
      kernels: kernels.map((each) => {
        const made = { name: each, ...bytesOf(kernel, kernel.length / 2) };
        return digest === undefined ? made : { ...made, digest };
      }),
    });
    return (answer instanceof Failure ? "failed: " + answer.sentence : answer.line).replace(/[\\d.]+ ms/g, "N ms");
  };
  const again = async () => {
    const other = await connect(Counter, "/svc/counter");
    if (other instanceof Failure) return other.sentence;
    const reply = await other.code({});
    other.close();
    return reply instanceof Failure ? reply.sentence : reply.code;
  };
`;

test("a changed kernel swaps with its server, survives a crash, and goes back with a rollback", async (t) => {
  const { image, other, scripts } = await twoSources();
  const manifest = JSON.stringify(JSON.stringify(packManifest({ budget: 12 << 20, ...fields })));
  const guest = await swapScene(
    [{ fields: { ...fields, restart: { when: "always", most: 100 } }, code: version("one") }],
    {},
    `${host(other, manifest)}
    say(await code());
    say(await swap("two"));
    say(await give("two", ["crc32c"], "0".repeat(64)));
    say(await give("bad", ["crc32c"]));
    const before = await held();
    say(await code());
    say(await give("two", ["crc32c"]));
    say(await code());
    say("handles " + ((await held()) - before));
    await session.kill({ server: "counter" });
    await sleep(1e9);
    say(await again());
    say((await rollback()).replace(/[\\d.]+ ms/g, "N ms"));
    say(await again());
    say((await rollback()).replace(/[\\d.]+ ms/g, "N ms"));
    say(await again());
    `,
    { scripts, kernels: { crc32c: image }, more: ["codekeeper"] },
  );
  const says = (version: string) => `${version} WebAssembly f130f21e`;
  const swapped = (streams: string) => `swapped counter N ms (paused N ms, ${streams} kept)`;
  const lines = await hostLines(guest);
  t.regex(
    lines.splice(2, 1)[0]!,
    /^failed: swap: the code has the SHA-256 [0-9a-f]{64}, not 0{64}$/,
  );
  t.deepEqual(lines, [
    says("one"),
    "refused counter because kernel crc32c: its source has changed since the image was built; build the image again and boot it",
    "refused counter because not today",
    says("one"),
    swapped("1 stream"),
    says("two"),
    "handles 0",
    says("two"),
    swapped("0 streams"),
    says("one"),
    swapped("0 streams"),
    says("two"),
  ]);
});

test("a pushed kernel of another compiler is made anew from its bytecode", async (t) => {
  const { image, scripts } = await twoSources();
  const old = Uint8Array.from(image);
  old[4] = 9;
  const manifest = JSON.stringify(JSON.stringify(packManifest({ budget: 12 << 20, ...fields })));
  const guest = await swapScene(
    [{ fields: { ...fields, restart: { when: "always", most: 100 } }, code: version("one") }],
    {},
    `${host(Buffer.from(old).toString("hex"), manifest)}
    say(await code());
    say(await give("same", ["crc32c"]));
    say(await code());
    `,
    { scripts, kernels: { crc32c: image }, more: ["codekeeper", "recompile"] },
  );
  t.deepEqual(await hostLines(guest), [
    "one WebAssembly f130f21e",
    "swapped counter N ms (paused N ms, 1 stream kept)",
    "two WebAssembly f130f21e",
  ]);
});
