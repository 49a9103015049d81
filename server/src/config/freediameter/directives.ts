/** The directives of freeDiameter.conf: how each is written, and which numbers freeDiameter takes. */

export interface Range {
  readonly min: number;
  readonly max: number;
}

export type Form =
  /** `No_IP;` */
  | { readonly kind: "flag" }
  /** `Realm = "example.net";` */
  | { readonly kind: "text" }
  /** `TLS_Cred = "cert.pem", "key.pem";` */
  | { readonly kind: "two texts" }
  /** `Port = 3868;` */
  | { readonly kind: "number"; readonly range: Range }
  /** `RouteRecordInAnswers = Never;` */
  | { readonly kind: "word"; readonly words: readonly string[] }
  /** `LoadExtension = "file" : "configuration";`, the second left out or not. */
  | { readonly kind: "extension" }
  /** `ConnectPeer = "identity" { ... };`, the block left out or not. */
  | { readonly kind: "peer" };

const MAX_INT = 0x7fffffff;
const MIN_INT = -0x80000000;

const flag: Form = { kind: "flag" };
const text: Form = { kind: "text" };
const number = (min: number, max = MAX_INT): Form => ({ kind: "number", range: { min, max } });

/** By the name as freeDiameter's documentation writes it. Some are of versions behind 1.2.1: up to 1.6. */
export const DIRECTIVES: Readonly<Record<string, Form>> = {
  Identity: text,
  Realm: text,
  Port: number(0, 65_535),
  SecPort: number(0, 65_535),
  ListenOn: text,
  TcTimer: number(1),
  TwTimer: number(6),
  AppServThreads: number(1, 255),
  RoutingInThreads: number(1, 255),
  RoutingOutThreads: number(1, 255),
  IncomingQueueLimit: number(0),
  OutgoingQueueLimit: number(0),
  LocalQueueLimit: number(0),
  ThreadsPerServer: number(1),
  ProcessingPeersPattern: text,
  ProcessingPeersMinimum: number(0),
  SCTP_streams: number(1, 65_535),
  NoRelay: flag,
  No_IP: flag,
  No_IPv6: flag,
  No_TCP: flag,
  No_SCTP: flag,
  Prefer_TCP: flag,
  TLS_old_method: flag,
  TLS_Cred: { kind: "two texts" },
  TLS_CA: text,
  TLS_CRL: text,
  TLS_Prio: text,
  TLS_DH_Bits: number(MIN_INT),
  TLS_DH_File: text,
  RouteRecordInAnswers: { kind: "word", words: ["Never", "Always"] },
  LoadExtension: { kind: "extension" },
  ConnectPeer: { kind: "peer" },
};

/** Within the braces of ConnectPeer. The timers have no limits there. */
export const OF_PEER: Readonly<Record<string, Form>> = {
  ConnectTo: text,
  No_TLS: flag,
  Port: number(1, 65_535),
  TcTimer: number(MIN_INT),
  TwTimer: number(MIN_INT),
  Realm: text,
  No_IP: flag,
  No_IPv6: flag,
  No_TCP: flag,
  No_SCTP: flag,
  Prefer_TCP: flag,
  TLS_old_method: flag,
  TLS_Prio: text,
};

const WORDS = ["Never", "Always"];

/** Every word that the lexer knows, by its lower case. */
export const KEYWORDS: ReadonlyMap<string, string> = new Map(
  [...Object.keys(DIRECTIVES), ...Object.keys(OF_PEER), ...WORDS].map((name) => [name.toLowerCase(), name]),
);
