// The loader's checks of the boot image: each kind of damage has its sentence. What a fuzzer gets past them: ../fuzz/.
import test from "ava";
import { buildSanitized, records } from "../sanitized.ts";
import { damages } from "./damages.ts";

test("each damage is refused with its sentence and its object", (t) => {
  const program = buildSanitized([
    "ci/host/loader/image-checks.c",
    "nucleus/boot/image.c",
    "sdk/runtime/engine/sha256.c",
  ]);
  t.teardown(() => program.close());
  const lines = program.run([], records(damages.map(([, image]) => image)));
  const found = lines.toString().trim().split("\n");
  t.is(found.length, damages.length);
  damages.forEach(([damage, , sentence, name], i) => {
    const [said, about] = found[i]!.split("|");
    t.true(said!.startsWith(sentence), `${damage}: ${found[i]}`);
    t.is(about, name, `${damage}: ${found[i]}`);
  });
});
