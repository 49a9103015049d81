// diameter of Erlang/OTP as a peer of the codec benchmark; how it is measured stands in otp.erl.
import { fileURLToPath } from "node:url";
import { output, succeeds } from "../lib.mjs";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

/** One scheduler of each kind, which sleeps at once when it has nothing to do: only work is counted. */
const EMULATOR = ["erl", "+S", "1:1", "+SDcpu", "1:1", "+SDio", "1", "+sbwt", "none", "-noinput"];

/** @type {import("../lib.mjs").Peer} */
export const otp = {
  key: "erlang",
  title: "Erlang",

  async missing() {
    const find = "case code:which(diameter_make) of non_existing -> halt(1); _ -> halt(0) end.";
    if (await succeeds([...EMULATOR, "-eval", find])) return undefined;
    return "not installed (Debian: apt-get install erlang-diameter)";
  },

  async build(folder) {
    await output(["erlc", "-o", folder, here("otp.erl")]);
    const dictionaries = ["sip.dia", "credit_control.dia"].map(here);
    await output([...EMULATOR, "-pa", folder, "-run", "otp", "build", folder, ...dictionaries]);
  },

  command: (folder, options) => command(folder, "list", options),
};

/**
 * The same with strings as binaries, an option of diameter that is not its default; it runs what `otp` has built.
 * @type {import("../lib.mjs").Peer}
 */
export const otpBinaries = {
  ...otp,
  key: "erlangBinaries",
  title: "Erlang (binaries)",
  build: async () => {},
  command: (folder, options) => command(folder, "binary", options),
};

const command = (folder, strings, { seconds, turns, files }) => [
  ...[...EMULATOR, "-pa", folder, "-run", "otp", "measure"],
  ...[strings, seconds.toFixed(4), String(turns), ...files],
];
