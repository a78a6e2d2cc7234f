// The filter hides the firmware's text and nothing else, however the stream is cut.
import test from "ava";
import fc from "fast-check";
import { FirmwareFilter } from "./firmware-filter.ts";

/** As OVMF writes it before it starts a loader. */
const firmware =
  "\x1b[2J\x1b[01;01H\x1b[=3h\x1b[2J\x1b[01;01HBdsDxe: loading Boot0001 " +
  '"UEFI Misc Device" from PciRoot(0x0)/Pci(0x2,0x0)\r\nBdsDxe: starting Boot0001\r\n';
const guest = "[ok] uefi memory map preserved\n\x1b[1mcolours\x1b[0m stay\r\nleivos login: ";

/** Feeds a text in pieces that end at the given places. */
function filtered(text: string, cuts: number[]): string {
  const filter = new FirmwareFilter();
  const places = [...new Set(cuts.map((cut) => cut % text.length))].sort((a, b) => a - b);
  let shown = "";
  let from = 0;
  for (const to of [...places, text.length]) {
    shown += filter.push(text.slice(from, to));
    from = to;
  }
  return shown;
}

test("the transcript is the same for every way to cut the stream", (t) => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 12 }), (cuts) => {
      t.is(filtered(firmware + guest, cuts), guest);
    }),
  );
});

test("a loader's failure is shown", (t) => {
  t.is(filtered(`${firmware}leivos: no boot image\r\n`, []), "leivos: no boot image\r\n");
});

test("firmware alone shows nothing, and a reset hides it again", (t) => {
  const filter = new FirmwareFilter();
  t.is(filter.push(firmware), "");
  t.is(filter.push("[ok] a\n"), "[ok] a\n");
  t.is(filter.push(firmware), firmware);
  filter.reset();
  t.is(filter.push(firmware), "");
  t.is(filter.push("[ok] b\n"), "[ok] b\n");
});
