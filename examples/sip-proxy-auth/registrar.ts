/** A SIP registrar over UDP: whoever registers is challenged, the answer is judged by the Diameter server, and the end of a registration is accounted. */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import type { Aaa, Registration } from "./aaa.js";
import { Nonces } from "./nonces.js";
import { digestParameters, header, parseRequest, response, type SipRequest } from "./sip.js";

/** Timer J of RFC 3261: so long a request may come again. */
const TRANSACTION_MS = 32_000;

interface Binding extends Registration {
  readonly contact: string;
  readonly timer: NodeJS.Timeout;
}

export class Registrar {
  readonly bindings = new Map<string, Binding>();
  private readonly socket: Socket = createSocket("udp4");
  private readonly nonces = new Nonces();
  /** Responses by transaction; undefined while it is being worked on. */
  private readonly transactions = new Map<string, string | undefined>();
  private readonly aaa: Aaa;
  private readonly realm: string;
  private readonly tell: (line: string) => void;

  constructor(aaa: Aaa, realm: string, tell: (line: string) => void) {
    this.aaa = aaa;
    this.realm = realm;
    this.tell = tell;
  }

  /** @returns the port */
  async listen(port: number): Promise<number> {
    this.socket.on("message", (datagram, from) => void this.receive(datagram, from));
    this.socket.bind(port, "127.0.0.1");
    await once(this.socket, "listening");
    return this.socket.address().port;
  }

  /** All registrations end, each with its record. */
  async close(): Promise<void> {
    this.socket.close();
    await Promise.all([...this.bindings.keys()].map((user) => this.end(user)));
  }

  private async receive(datagram: Buffer, from: RemoteInfo): Promise<void> {
    const request = parseRequest(datagram.toString());
    if (request === undefined) return;
    const key = `${header(request, "call-id")} ${header(request, "cseq")} ${header(request, "via")}`;
    if (!this.transactions.has(key)) {
      this.transactions.set(key, undefined);
      setTimeout(() => this.transactions.delete(key), TRANSACTION_MS).unref();
      this.transactions.set(key, await this.answer(request));
    }
    const text = this.transactions.get(key);
    if (text !== undefined) this.socket.send(text, from.port, from.address);
  }

  private async answer(request: SipRequest): Promise<string> {
    if (request.method !== "REGISTER") return response(request, "405 Method Not Allowed", { Allow: "REGISTER" });
    const authorization = header(request, "authorization");
    if (authorization === undefined) return this.challenge(request, false);
    const digest = digestParameters(authorization);
    if (digest.qop !== "auth" || !this.nonces.accept(digest.nonce ?? "", digest.nc ?? ""))
      return this.challenge(request, true);
    const user = digest.username ?? "";
    // Whoever alice is, she registers nobody else; and the response has to be for this realm.
    const [, registered] = /sips?:([^@>;]+)@/.exec(header(request, "to") ?? "") ?? [];
    if (registered !== user || digest.realm !== this.realm) return response(request, "403 Forbidden");
    try {
      if ((await this.aaa.verify(digest, request.method)) === "refused") {
        this.tell(`${user} is refused`);
        return response(request, "403 Forbidden");
      }
    } catch (error) {
      this.tell(`${user} could not be authenticated: ${(error as Error).message}`);
      return response(request, "503 Service Unavailable", { "Retry-After": "5" });
    }
    return this.register(request, user);
  }

  private challenge(request: SipRequest, stale: boolean): string {
    const challenge = `Digest realm="${this.realm}", nonce="${this.nonces.issue()}", algorithm=MD5, qop="auth"`;
    return response(request, "401 Unauthorized", { "WWW-Authenticate": `${challenge}${stale ? ", stale=true" : ""}` });
  }

  private async register(request: SipRequest, user: string): Promise<string> {
    const contact = header(request, "contact") ?? "";
    const inContact = /;expires=(\d+)/.exec(contact)?.[1];
    const seconds = Math.min(Number(inContact ?? header(request, "expires") ?? 3600) || 0, 3600);
    if (seconds === 0) {
      await this.end(user);
      return response(request, "200 OK");
    }
    const before = this.bindings.get(user);
    clearTimeout(before?.timer);
    const { since = new Date(), callId = header(request, "call-id") ?? "" } = before ?? {};
    const timer = setTimeout(() => void this.end(user), seconds * 1000);
    this.bindings.set(user, { user, contact, since, callId, timer });
    this.tell(`${user} is registered`);
    return response(request, "200 OK", { Contact: contact, Expires: String(seconds) });
  }

  private async end(user: string): Promise<void> {
    const binding = this.bindings.get(user);
    if (binding === undefined) return;
    clearTimeout(binding.timer);
    this.bindings.delete(user);
    try {
      await this.aaa.account(binding);
      this.tell(`${user} is gone, and accounted`);
    } catch (error) {
      this.tell(`${user} is gone, and not accounted: ${(error as Error).message}`);
    }
  }
}
