/** Every setting of the configuration, from the schema. */
import { type Documented, reference } from "../server/config/reference.js";
import { item, type Roff, text } from "./roff.js";

export function settings(): Roff {
  return reference().flatMap((setting) => item(`\`${setting.path}\``, text(setting.description ?? ""), facts(setting)));
}

function facts({ needed, fallback, secret, reload }: Documented): Roff {
  const said = [
    needed ? "Needed." : fallback === undefined ? "" : `Default: \`${fallback}\`.`,
    secret ? "Never printed." : "",
    reload ? "Changes at SIGHUP." : "",
  ].filter((one) => one !== "");
  return said.length === 0 ? [] : [".br", ...text(said.join(" "))];
}
