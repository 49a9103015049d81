/** What may be asked of a running server: the form of each request, which is checked before anything is done. */
import { DisconnectCause } from "@diamgen/runtime";
import { SipReasonCode } from "@diamgen/sdk/sip";
import { z } from "zod";
import { LOG_LEVELS } from "../log-levels.js";
import { AdminError } from "./admin-error.js";

/** The keys of an object, as zod's enum takes them. */
const keys = <K extends string>(object: Readonly<Record<K, unknown>>) => Object.keys(object) as [K, ...K[]];

const MOST = 64;
const text = (longest = 255) => z.string().min(1).max(longest);
const nothing = z.strictObject({});

/** Origin-Host, without regard to case; "host:port" of a configured peer whose Origin-Host is not known yet. */
const peer = z.strictObject({ peer: text(300) });

const departure = z.strictObject({
  ...peer.shape,
  /** Disconnect-Cause of the DPR, RFC 6733 section 5.4.3. */
  cause: z.enum(keys(DisconnectCause)).optional(),
  /** See DepartureSettings of the runtime. */
  drain: z.boolean().optional(),
  timeoutMs: z.int().min(1).max(60_000).optional(),
});

/** "alice@example.net", as `subscriber` has it. */
const user = text(511).regex(/^[^@].*@[^@]+$/s, { error: "must be user@domain" });

export const adminRequests = {
  status: nothing,
  "peers.list": nothing,
  "peers.disable": departure,
  "peers.enable": peer,
  "peers.disconnect": departure,
  statistics: nothing,
  /** Without a level, it only tells which is in force. */
  "log.level": z.strictObject({ level: z.enum(LOG_LEVELS).optional() }),
  "registrations.terminate": z.strictObject({
    user,
    /** Left out: all that the user has. */
    aors: z.array(text(1024)).min(1).max(MOST).optional(),
    reason: z.enum(keys(SipReasonCode)).optional(),
    info: text().optional(),
    force: z.boolean().optional(),
  }),
  "registrations.push": z.strictObject({ user, accountingInformation: z.boolean().optional() }),
  /** Of `subscriberCache`: the subscriber was changed in the database. */
  "subscribers.forget": z.strictObject({ user }),
} as const;

/** Which messages a trace shows; all where nothing is said. */
export const traceRequest = z.strictObject({
  /** Origin-Hosts, without regard to case. */
  peers: z.array(text()).max(MOST).optional(),
  /** Command codes. */
  commands: z.array(z.int().min(0).max(0xff_ffff)).max(MOST).optional(),
});

export type AdminOperation = keyof typeof adminRequests;

export type AdminRequests = { readonly [O in AdminOperation]: z.output<(typeof adminRequests)[O]> };

export type TraceRequest = z.output<typeof traceRequest>;

export function isAdminOperation(name: string): name is AdminOperation {
  return Object.hasOwn(adminRequests, name);
}

/** Whatever came, as the request of that operation. Throws ADMIN_INVALID, naming what is wrong. */
export function parseRequest<O extends AdminOperation>(operation: O, given: unknown): AdminRequests[O] {
  return checked<AdminRequests[O]>(adminRequests[operation], given);
}

export function parseTraceRequest(given: unknown): TraceRequest {
  return checked(traceRequest, given);
}

function checked<T>(schema: z.ZodType<unknown>, given: unknown): T {
  const result = schema.safeParse(given ?? {});
  if (result.success) return result.data as T;
  const problems = result.error.issues.map(({ path, message }) => [path.join("."), message].filter(Boolean).join(": "));
  throw new AdminError("ADMIN_INVALID", problems.slice(0, 5).join("; "));
}
