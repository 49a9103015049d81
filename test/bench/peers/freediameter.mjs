// freeDiameter of Debian as a peer of the codec benchmark; how it is measured stands in freediameter.c.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { output, succeeds } from "../lib.mjs";

const SOURCE = fileURLToPath(new URL("freediameter.c", import.meta.url));

/** @type {import("../lib.mjs").Peer} */
export const freeDiameter = {
  key: "freeDiameter",
  title: "freeDiameter",

  async missing() {
    const header = "#include <freeDiameter/extension.h>\n";
    if (await succeeds(["cc", "-E", "-x", "c", "-"], { input: header })) return undefined;
    return "not installed (Debian: apt-get install gcc libfreediameter-dev freediameter-extensions)";
  },

  async build(folder) {
    await output(["cc", "-O2", "-Wall", "-o", program(folder), SOURCE, "-lfdcore", "-lfdproto", "-ldl"]);
  },

  command: (folder, { seconds, turns, files }) => [program(folder), seconds.toFixed(4), String(turns), ...files],
};

const program = (folder) => join(folder, "freediameter");
