/** Against guessing: after so many failures of one user at one peer, the next ones are refused without being looked at. */

import { hash } from "node:crypto";

export interface ThrottleOptions {
  /** Failures of one user through one peer within `withinMs` until further attempts are refused; 20 where left out, 0 for never. */
  readonly perUser?: number | undefined;
  /** The same of all users of one peer; 0, never, where left out: a SIP proxy speaks for everybody, the innocent too. */
  readonly perPeer?: number | undefined;
  /** Milliseconds; 60,000 where left out. */
  readonly withinMs?: number | undefined;
  /** Users and peers remembered; beyond that the oldest is forgotten. 100,000 where left out. */
  readonly most?: number | undefined;
  readonly now?: (() => number) | undefined;
  /** Told of what changes, for another Throttle that is to know it too. */
  readonly watch?: ThrottleWatch | undefined;
}

export interface ThrottleWatch {
  failed(user: string, peer: string): void;
  /** Of a user whose failures are forgiven. */
  succeeded(user: string, peer: string): void;
}

interface Failures {
  readonly peer: string;
  count: number;
  readonly until: number;
}

/** Failures of one user, or of all, through one peer, as one Throttle tells another. */
export interface ThrottleEntry extends Readonly<Failures> {
  readonly key: string;
}

export class Throttle {
  private readonly failures = new Map<string, Failures>();
  /** Keys of `failures` by peer. */
  private readonly keys = new Map<string, Set<string>>();
  private readonly perUser: number;
  private readonly perPeer: number;
  private readonly withinMs: number;
  private readonly most: number;
  private readonly now: () => number;
  private readonly watch: ThrottleWatch | undefined;

  constructor(options: ThrottleOptions = {}) {
    const { perUser = 20, perPeer = 0, withinMs = 60_000, most = 100_000, now = Date.now, watch } = options;
    this.perUser = perUser;
    this.perPeer = perPeer;
    this.withinMs = withinMs;
    this.most = most;
    this.now = now;
    this.watch = watch;
  }

  get size(): number {
    return this.failures.size;
  }

  /** True where an attempt of this user is to be refused. */
  blocks(user: string, peer: string): boolean {
    return this.reached(userKey(shortened(user), peer), this.perUser) || this.reached(peerKey(peer), this.perPeer);
  }

  /** A wrong password or an unknown user. What is refused because of the throttle is not noted: it ends by itself. */
  failed(user: string, peer: string): void {
    const name = shortened(user);
    if (this.perUser > 0) this.count(userKey(name, peer), peer);
    if (this.perPeer > 0) this.count(peerKey(peer), peer);
    this.watch?.failed(name, peer);
  }

  /** The right password: the user has found it. */
  succeeded(user: string, peer: string): void {
    const name = shortened(user);
    if (this.forget(userKey(name, peer))) this.watch?.succeeded(name, peer);
  }

  /** Failures through that peer that count still. */
  entriesOf(peer: string): readonly ThrottleEntry[] {
    const now = this.now();
    const entries: ThrottleEntry[] = [];
    for (const key of this.keys.get(peer.toLowerCase()) ?? []) {
      const failures = this.failures.get(key);
      if (failures !== undefined && failures.until > now) entries.push({ key, ...failures });
    }
    return entries;
  }

  /** What another Throttle has counted: where both know of one, the higher figure holds. */
  take(entries: readonly ThrottleEntry[]): void {
    for (const { key, peer, count, until } of entries) {
      const own = this.failures.get(key);
      if (own !== undefined && own.until > this.now() && own.count >= count) continue;
      this.forget(key);
      this.remember(key, { peer, count, until });
    }
  }

  private reached(key: string, limit: number): boolean {
    if (limit === 0) return false;
    const failures = this.failures.get(key);
    return failures !== undefined && failures.until > this.now() && failures.count >= limit;
  }

  private count(key: string, peer: string): void {
    const now = this.now();
    const failures = this.failures.get(key);
    if (failures !== undefined && failures.until > now) {
      failures.count++;
      return;
    }
    this.forget(key);
    this.remember(key, { peer: peer.toLowerCase(), count: 1, until: now + this.withinMs });
  }

  private remember(key: string, failures: Failures): void {
    const now = this.now();
    for (const [oldest, { until }] of this.failures) {
      if (until > now && this.failures.size < this.most) break;
      this.forget(oldest);
    }
    this.failures.set(key, failures);
    const keys = this.keys.get(failures.peer) ?? new Set();
    this.keys.set(failures.peer, keys.add(key));
  }

  private forget(key: string): boolean {
    const failures = this.failures.get(key);
    if (failures === undefined) return false;
    this.failures.delete(key);
    const keys = this.keys.get(failures.peer);
    keys?.delete(key);
    if (keys?.size === 0) this.keys.delete(failures.peer);
    return true;
  }
}

/** Beyond that the hash stands for it: whoever sends long names does not get to fill the memory. */
const MAX_NAME_LENGTH = 256;

function shortened(user: string): string {
  return user.length > MAX_NAME_LENGTH ? hash("sha256", user) : user;
}

/** Neither identities nor user names contain a line feed that the other could end with: the first one separates them. */
function userKey(user: string, peer: string): string {
  return `u${peer.toLowerCase()}\n${user}`;
}

function peerKey(peer: string): string {
  return `p${peer.toLowerCase()}`;
}
