// The keyboard server: bytes of the controller become text for whoever listens. New code goes on with the next key (kept.ts).
import type { Service } from "../../sdk/contract/server.ts";
import { onceKept } from "../../sdk/hot/accept.ts";
import { uusi } from "../../sdk/runtime/binding.ts";
import { Interrupt } from "../../sdk/runtime/interrupt.ts";
import { IoPorts } from "../../sdk/runtime/io-ports.ts";
import { run } from "../../sdk/runtime/run.ts";
import { serve } from "../../sdk/runtime/serve.ts";
import { log, ready } from "../../sdk/runtime/supervisor.ts";
import { systemCalls } from "../../sdk/runtime/system-call.ts";
import { Keyboard } from "./contract.ts";
import { type ControllerPorts, controllerReceive, controllerStart } from "./controller.ts";
import { kept, movingSession } from "./kept.ts";
import { keyText } from "./layout-us.ts";
import { scanTake } from "./scan-code.ts";

const DATA = 0x60;
const COMMAND = 0x64;

run((start) => {
  const service: Service<typeof Keyboard.methods, boolean> = serve(
    "/dev/keyboard",
    Keyboard,
    {
      listen: (_request, peer) => {
        peer.session = true;
        return {};
      },
    },
    { session: movingSession },
  );
  const data = new IoPorts(start.grants["device:i8042/data"] ?? 0);
  const command = new IoPorts(start.grants["device:i8042/command"] ?? 0);
  const ports: ControllerPorts = {
    readData: () => data.read8(DATA) & 0xff,
    readStatus: () => command.read8(COMMAND) & 0xff,
    writeData: (value) => data.write8(DATA, value),
    writeCommand: (value) => command.write8(COMMAND, value),
  };
  // New code finds the controller as the code before has set it up: starting it would lose what waits in it.
  const fault = kept.data.started ? undefined : controllerStart(ports);
  ready();
  if (fault !== undefined) {
    log(fault, "warning");
    return;
  }
  kept.data.started = true;
  const { decoder, modifiers } = kept.data;
  const bytes = new Uint8Array(64);
  const look = () => {
    let text = "";
    const count = controllerReceive(ports, bytes);
    for (let index = 0; index < count; index += 1) {
      const change = scanTake(decoder, bytes[index] as number);
      if (change !== undefined) text += keyText(modifiers, change);
    }
    if (text === "") return;
    const { peers } = service;
    for (let index = 0; index < peers.length; index += 1)
      if (peers[index]?.session === true) peers[index]?.send.typed({ text });
  };
  const interrupt = start.grants["device:i8042/interrupt"] ?? 0;
  // The line is edge-triggered: unmasked first and emptied then, no edge can be missed. What the keyboard has answered
  // before the first unmasking is taken at once, or its edge would never come again.
  new Interrupt(interrupt).listen(() => {
    uusi.sys(systemCalls.interrupt_acknowledge, interrupt);
    look();
  });
  // What is read is gone, so nothing is read before there is no way back to the code before.
  onceKept(look);
});
