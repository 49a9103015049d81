/** Values of labels. Nobody who may connect can make them without end: beyond what is known, all is "other". */
import * as accounting from "@diamgen/sdk/accounting";
import * as base from "@diamgen/sdk/base";
import * as sip from "@diamgen/sdk/sip";

export const OTHER = "other";

const COMMANDS = [
  base.capabilitiesExchange,
  base.deviceWatchdog,
  base.disconnectPeer,
  base.reAuth,
  base.abortSession,
  base.sessionTermination,
  accounting.accounting,
  sip.userAuthorization,
  sip.serverAssignment,
  sip.locationInfo,
  sip.multimediaAuth,
  sip.registrationTermination,
  sip.pushProfile,
];

const COMMAND_NAMES: ReadonlyMap<number | string, string> = new Map(COMMANDS.map(({ code, name }) => [code, name]));

const APPLICATIONS: ReadonlySet<number | string> = new Set(
  [base, accounting, sip].map(({ application }) => application.id),
);

/** "Multimedia-Auth"; "other" for commands that no application of this server has. */
export function commandLabel(code: number | "other"): string {
  return COMMAND_NAMES.get(code) ?? OTHER;
}

/** "Multimedia-Auth"; the code itself where it has no name here. For people, not for labels. */
export function commandName(code: number | "other"): string {
  return COMMAND_NAMES.get(code) ?? String(code);
}

/** The code of the command of this name, without regard to case: "Multimedia-Auth", also with "-Request" or "-Answer"; or of a number. */
export function commandCode(name: string): number | undefined {
  const wanted = name.toLowerCase().replace(/-(?:request|answer)$/, "");
  const found = COMMANDS.find((command) => command.name.toLowerCase() === wanted);
  if (found !== undefined) return found.code;
  const number = Number(name);
  return /^\d{1,8}$/.test(name) && number <= 0xff_ffff ? number : undefined;
}

export const commandNames: readonly string[] = COMMANDS.map(({ name }) => name);

/** The application id of the message's header, where the server has it. */
export function applicationLabel(id: number | "other"): string {
  return APPLICATIONS.has(id) ? String(id) : OTHER;
}

/** "2001"; "10415:5001" for an Experimental-Result; "none" for an answer without. */
export function resultLabel(vendorId: number | "other", resultCode: number | "other"): string {
  if (resultCode === OTHER || vendorId === OTHER) return OTHER;
  if (resultCode === 0) return "none";
  return vendorId === 0 ? String(resultCode) : `${vendorId}:${resultCode}`;
}

/** The first peers keep their names for as long as the process lives, so that no counter goes back; those after them are "other". */
export class PeerLabels {
  readonly #max: number;
  readonly #named = new Set<string>();

  constructor(max: number) {
    this.#max = max;
  }

  of(peer: string): string {
    if (this.#named.has(peer)) return peer;
    if (this.#named.size >= this.#max) return OTHER;
    this.#named.add(peer);
    return peer;
  }
}
