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
}

interface Failures {
  count: number;
  readonly until: number;
}

export class Throttle {
  private readonly failures = new Map<string, Failures>();
  private readonly perUser: number;
  private readonly perPeer: number;
  private readonly withinMs: number;
  private readonly most: number;
  private readonly now: () => number;

  constructor({ perUser = 20, perPeer = 0, withinMs = 60_000, most = 100_000, now = Date.now }: ThrottleOptions = {}) {
    this.perUser = perUser;
    this.perPeer = perPeer;
    this.withinMs = withinMs;
    this.most = most;
    this.now = now;
  }

  get size(): number {
    return this.failures.size;
  }

  /** True where an attempt of this user is to be refused. */
  blocks(user: string, peer: string): boolean {
    return this.reached(userKey(user, peer), this.perUser) || this.reached(peerKey(peer), this.perPeer);
  }

  /** A wrong password or an unknown user. What is refused because of the throttle is not noted: it ends by itself. */
  failed(user: string, peer: string): void {
    if (this.perUser > 0) this.count(userKey(user, peer));
    if (this.perPeer > 0) this.count(peerKey(peer));
  }

  /** The right password: the user has found it. */
  succeeded(user: string, peer: string): void {
    this.failures.delete(userKey(user, peer));
  }

  private reached(key: string, limit: number): boolean {
    if (limit === 0) return false;
    const failures = this.failures.get(key);
    return failures !== undefined && failures.until > this.now() && failures.count >= limit;
  }

  private count(key: string): void {
    const now = this.now();
    const failures = this.failures.get(key);
    if (failures !== undefined && failures.until > now) {
      failures.count++;
      return;
    }
    this.failures.delete(key);
    for (const [oldest, { until }] of this.failures) {
      if (until > now && this.failures.size < this.most) break;
      this.failures.delete(oldest);
    }
    this.failures.set(key, { count: 1, until: now + this.withinMs });
  }
}

/** Beyond that the hash stands for it: whoever sends long names does not get to fill the memory. */
const MAX_NAME_LENGTH = 256;

/** Neither identities nor user names contain a line feed that the other could end with: the first one separates them. */
function userKey(user: string, peer: string): string {
  return `u${peer.toLowerCase()}\n${user.length > MAX_NAME_LENGTH ? hash("sha256", user) : user}`;
}

function peerKey(peer: string): string {
  return `p${peer.toLowerCase()}`;
}
