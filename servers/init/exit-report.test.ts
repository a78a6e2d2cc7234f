import test from "ava";
import fc from "fast-check";
import { layouts } from "../../sdk/abi/table.ts";
import { describeExit, parseExitReport } from "./exit-report.ts";

const at = layouts.exitReport;

function report(fill: (view: DataView) => void) {
  const view = new DataView(new ArrayBuffer(at.SIZE + 8));
  fill(new DataView(view.buffer, 8));
  const parsed = parseExitReport(view, 8, at.SIZE);
  if (parsed === undefined) throw new Error("no report");
  return parsed;
}

test("a page fault names access, address, instruction and callers", (t) => {
  const fault = report((view) => {
    view.setUint32(at.reason, 2, true);
    view.setUint32(at.vector, 14, true);
    view.setUint32(at.error, 6, true);
    view.setBigUint64(at.address, 0x6fff_ffff_e000n, true);
    view.setBigUint64(at.instruction, 0x1000_1234n, true);
    view.setBigUint64(at.frames, 0x1000_2000n, true);
    view.setBigUint64(at.cpuTime, 5_000_000n, true);
  });
  t.is(
    describeExit(fault, undefined),
    "fault: it touched memory that it may not: write of 0x6fffffffe000 at instruction 0x10001234, called from 0x10002000",
  );
  t.is(fault.cpuTime, 5e6);
});

test("exits and kills", (t) => {
  t.is(
    describeExit(
      report(() => {}),
      undefined,
    ),
    "exited",
  );
  const failed = report((view) => view.setInt32(at.code, 70, true));
  t.is(describeExit(failed, undefined), "exited with code 70");
  const killed = report((view) => view.setUint32(at.reason, 1, true));
  t.is(describeExit(killed, "restart was asked for"), "killed: restart was asked for (code 0)");
});

test("short reports are none, any bytes are one", (t) => {
  t.is(parseExitReport(new DataView(new ArrayBuffer(200)), 0, at.SIZE - 1), undefined);
  fc.assert(
    fc.property(fc.uint8Array({ minLength: at.SIZE, maxLength: at.SIZE }), (bytes) => {
      const parsed = parseExitReport(new DataView(bytes.buffer, bytes.byteOffset), 0, at.SIZE);
      t.true(describeExit(parsed!, undefined).length > 0);
      t.true(Number.isSafeInteger(parsed!.address));
    }),
  );
});
