/** Users as rows, and back. */

import {
  type AorRecord,
  type AorRegistration,
  newAor,
  type SipServerNode,
  type UserData,
  type UserProfile,
  type UserRecord,
} from "../../registration/types.js";
import type { SqlValue } from "./executor.js";

export type Row = Readonly<Record<string, unknown>>;

export function profileOf(row: Row): UserProfile {
  const visited = row.visited_networks;
  return {
    visitedNetworks: visited === null || visited === undefined ? undefined : texts(visited),
    mandatoryCapabilities: numbers(row.mandatory_capabilities),
    optionalCapabilities: numbers(row.optional_capabilities),
    unregisteredService: Number(row.unregistered_service) !== 0,
  };
}

/** In the order of USER_COLUMNS. */
export function userValues({ profile, pending }: UserRecord): readonly SqlValue[] {
  const { visitedNetworks, mandatoryCapabilities, optionalCapabilities, unregisteredService } = profile;
  return [
    visitedNetworks === undefined ? null : JSON.stringify(visitedNetworks),
    json(mandatoryCapabilities),
    json(optionalCapabilities),
    unregisteredService ? 1 : 0,
    ...serverValues(pending),
  ];
}

export function aorRecord(row: Row): AorRecord {
  return {
    ...newAor(String(row.aor), Number(row.may_register) !== 0),
    registration: REGISTRATIONS.find((one) => one === row.registration) ?? "notRegistered",
    server: serverOf(row, "server_"),
    userDataTypes: texts(row.user_data_types),
  };
}

/** In the order of AOR_COLUMNS. */
export function aorValues({ mayRegister, registration, server, userDataTypes }: AorRecord): readonly SqlValue[] {
  return [mayRegister ? 1 : 0, registration, ...serverValues(server), json(userDataTypes)];
}

export function userDataOf(row: Row): UserData {
  return { type: String(row.type), contents: new Uint8Array(Buffer.from(String(row.contents), "base64")) };
}

export function contentsValue({ contents }: UserData): string {
  return Buffer.from(contents).toString("base64");
}

export function serverOf(row: Row, prefix: "server_" | "pending_"): SipServerNode | undefined {
  const uri = row[`${prefix}uri`];
  if (typeof uri !== "string") return undefined;
  return { uri, originHost: String(row[`${prefix}host`] ?? ""), originRealm: String(row[`${prefix}realm`] ?? "") };
}

const REGISTRATIONS: readonly AorRegistration[] = ["notRegistered", "registered", "unregistered"];

function serverValues(server: SipServerNode | undefined): readonly SqlValue[] {
  return server === undefined ? [null, null, null] : [server.uri, server.originHost, server.originRealm];
}

export function json(list: readonly unknown[]): string | null {
  return list.length === 0 ? null : JSON.stringify(list);
}

/** What operators wrote may be anything: what is no list of texts, or of Unsigned32, has nothing in it. */
export function texts(value: unknown): readonly string[] {
  return elements(value).filter((one) => typeof one === "string");
}

function numbers(value: unknown): readonly number[] {
  return elements(value).filter(
    (one): one is number => typeof one === "number" && Number.isInteger(one) && one >= 0 && one <= 0xffffffff,
  );
}

function elements(value: unknown): readonly unknown[] {
  if (typeof value !== "string") return [];
  try {
    const parsed: unknown = JSON.parse(value);
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}
