// The keyboard server: bytes of the controller become text for whoever listens.
import type { Peer } from "../../sdk/contract/server.ts";
import { uusi } from "../../sdk/runtime/binding.ts";
import { Interrupt } from "../../sdk/runtime/interrupt.ts";
import { IoPorts } from "../../sdk/runtime/io-ports.ts";
import { run } from "../../sdk/runtime/run.ts";
import { serve } from "../../sdk/runtime/serve.ts";
import { log, ready } from "../../sdk/runtime/supervisor.ts";
import { systemCalls } from "../../sdk/runtime/system-call.ts";
import { Keyboard } from "./contract.ts";
import { type ControllerPorts, controllerReceive, controllerStart } from "./controller.ts";
import { keyText, modifiers } from "./layout-us.ts";
import { scanDecoder, scanTake } from "./scan-code.ts";

const DATA = 0x60;
const COMMAND = 0x64;

run((start) => {
  const listeners: Peer<typeof Keyboard.methods, boolean>[] = [];
  serve<typeof Keyboard.methods, boolean>("/dev/keyboard", Keyboard, {
    listen: (_request, peer) => {
      if (!listeners.includes(peer)) listeners.push(peer);
      return {};
    },
    closed: (peer) => {
      const place = listeners.indexOf(peer);
      if (place >= 0) listeners.splice(place, 1);
    },
  });
  const data = new IoPorts(start.grants["device:i8042/data"] ?? 0);
  const command = new IoPorts(start.grants["device:i8042/command"] ?? 0);
  const ports: ControllerPorts = {
    readData: () => data.read8(DATA) & 0xff,
    readStatus: () => command.read8(COMMAND) & 0xff,
    writeData: (value) => data.write8(DATA, value),
    writeCommand: (value) => command.write8(COMMAND, value),
  };
  const fault = controllerStart(ports);
  ready();
  if (fault !== undefined) {
    log(fault, "warning");
    return;
  }
  const decoder = scanDecoder();
  const state = modifiers();
  const bytes = new Uint8Array(64);
  const look = () => {
    let text = "";
    const count = controllerReceive(ports, bytes);
    for (let index = 0; index < count; index += 1) {
      const change = scanTake(decoder, bytes[index] as number);
      if (change !== undefined) text += keyText(state, change);
    }
    if (text === "") return;
    for (let index = 0; index < listeners.length; index += 1)
      listeners[index]?.send.typed({ text });
  };
  const interrupt = start.grants["device:i8042/interrupt"] ?? 0;
  // The line is edge-triggered: unmasked first and emptied then, no edge can be missed. What the keyboard has answered
  // before the first unmasking is taken at once, or its edge would never come again.
  new Interrupt(interrupt).listen(() => {
    uusi.sys(systemCalls.interrupt_acknowledge, interrupt);
    look();
  });
  look();
});
