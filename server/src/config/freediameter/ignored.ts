/** Directives that mean nothing here, and why. */

export const IGNORED: Readonly<Record<string, string>> = {
  AppServThreads: "there are no threads: requests are answered as the database answers them",
  RoutingInThreads: "there are no threads",
  RoutingOutThreads: "there are no threads",
  ThreadsPerServer: "there are no threads",
  IncomingQueueLimit: "`limits.maxPending` and `limits.maxWaitingBytes` say what may wait",
  OutgoingQueueLimit: "`limits.maxOutputBytes` says what may wait to be sent",
  LocalQueueLimit: "`limits.maxPending` says how many requests are worked on",
  ProcessingPeersPattern: "for load balancing, which there is not",
  ProcessingPeersMinimum: "for load balancing, which there is not",
  SCTP_streams: "there is no SCTP",
  No_SCTP: "there is no SCTP anyway",
  Prefer_TCP: "there is no SCTP anyway",
  TLS_Prio: "TLS has its own suites, those with forward secrecy; `tls.minVersion` says the oldest version",
  TLS_DH_Bits: "keys are agreed upon over elliptic curves",
  TLS_DH_File: "keys are agreed upon over elliptic curves",
  RouteRecordInAnswers: "nothing is relayed",
};

export const IGNORED_OF_PEER: Readonly<Record<string, string>> = {
  No_IP: "all addresses of its name are tried",
  No_IPv6: "all addresses of its name are tried",
  No_SCTP: "there is no SCTP anyway",
  Prefer_TCP: "there is no SCTP anyway",
  TLS_Prio: "TLS has its own suites, those with forward secrecy",
};
