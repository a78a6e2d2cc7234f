// What `uusi boot` makes of its flags.
import test from "ava";
import { Failure } from "../failure.ts";
import { parseFlags } from "../flags.ts";
import { bootFlags, bootSettings } from "./settings.ts";

const settings = (...args: string[]) => bootSettings(parseFlags("boot", bootFlags, args), 16);

test("the defaults are the documented ones", (t) => {
  const { cpus, memory, network, accelerator, options, serial, untilLogin } = settings();
  t.deepEqual(
    { cpus, memory, network, accelerator, options, serial, untilLogin },
    {
      cpus: 8,
      memory: "2048M",
      network: { kind: "user", options: [] },
      accelerator: "auto",
      options: {},
      serial: false,
      untilLogin: false,
    },
  );
});

test("flags for the guest become lines of its options", (t) => {
  const { options } = settings(
    ...["--smoke", "--seed", "7", "--panic", "reboot", "--panic-test"],
    ...["--netd-wait", "9000", "--without", "netd", "--without", "random,i8042"],
  );
  t.deepEqual(options, {
    smoke: "1",
    panic_test: "1",
    panic: "reboot",
    seed: "7",
    netd_wait: "9000",
    without: "netd,random,i8042",
  });
});

test("there is an IOMMU unless it is switched off", (t) => {
  t.deepEqual(
    [settings(), settings("--iommu", "on"), settings("--iommu", "off")].map(({ iommu }) => iommu),
    [true, true, false],
  );
  t.throws(() => settings("--iommu", "perhaps"), { instanceOf: Failure });
});

test("networks in each form", (t) => {
  t.deepEqual(settings("--net", "none").network, { kind: "none" });
  t.deepEqual(settings("--net", "tap=tap0").network, { kind: "tap", interface: "tap0" });
  t.deepEqual(settings("--net", "dgram=5001:127.0.0.1:5002").network, {
    kind: "dgram",
    port: 5001,
    host: "127.0.0.1",
    to: 5002,
  });
  t.is(settings("--mac", "52:54:00:AB:00:02").mac, "52:54:00:ab:00:02");
  t.deepEqual(settings("--net", "user,hostfwd=tcp::8080-:80,net=10.1.0.0/24").network, {
    kind: "user",
    options: ["hostfwd=tcp::8080-:80", "net=10.1.0.0/24"],
  });
});

test("a second network is a second card's", (t) => {
  t.is(settings().second, undefined);
  const two = settings("--net", "tap=tap0", "--net", "user,net=10.1.0.0/24");
  t.deepEqual(two.network, { kind: "tap", interface: "tap0" });
  t.deepEqual(two.second, { kind: "user", options: ["net=10.1.0.0/24"] });
});

test("counting instructions implies TCG", (t) => {
  t.is(settings("--icount").accelerator, "tcg");
  t.is(settings("--icount", "--accel", "auto").accelerator, "tcg");
});

const wrong: [string[], RegExp][] = [
  [["--cpus", "0"], /from 1 to 32/],
  [["--memory", "8"], /--memory 8: write it as/],
  [["--memory", "16M"], /at least 128M/],
  [["--memory", "2T"], /such as 512M/],
  [["--net", "bridge"], /--net bridge is not known; use user/],
  [["--net", "tap=../x"], /not known/],
  [["--net", "dgram=5001"], /not known/],
  [["--net", "dgram=0:h:1"], /not known/],
  [["--mac", "53:54:00:00:00:02"], /first byte even/],
  [["--mac", "52-54-00-00-00-02"], /write it as/],
  [["--net", "user,hostfwd"], /not known/],
  [["--net", "user", "--net", "user", "--net", "user"], /two cards at most/],
  [["--accel", "hax"], /use one of: auto, kvm, tcg/],
  [["--icount", "--accel", "kvm"], /--icount counts in TCG only/],
  [["--until", "shell"], /use one of: login/],
  [["--panic", "explode"], /halt, reboot/],
  [["--without", "../x"], /no server's name/],
  [["--seed", "-1"], /whole number/],
  [["now"], /what is "now"\?/],
];
for (const [args, message] of wrong) {
  test(`refused: ${args.join(" ")}`, (t) => {
    const error = t.throws(() => settings(...args), { instanceOf: Failure, message });
    t.is(error.exitCode, 2);
  });
}
