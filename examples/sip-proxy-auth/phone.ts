/** A SIP phone that can do nothing but register, so that the example needs no other. */
import { createHash, randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { digestParameters } from "./sip.js";

const md5 = (...parts: readonly string[]): string => createHash("md5").update(parts.join(":")).digest("hex");

export interface Account {
  readonly user: string;
  readonly realm: string;
  readonly password: string;
}

/** Registers, or with 0 seconds takes the registration back; gives the status of each response. */
export async function register(port: number, { user, realm, password }: Account, seconds: number): Promise<number[]> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const callId = randomBytes(8).toString("hex");
  const own = socket.address().port;
  const send = async (cseq: number, authorization = ""): Promise<string> => {
    const lines = [
      `REGISTER sip:${realm} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${own};branch=z9hG4bK${callId}${cseq}`,
      "Max-Forwards: 70",
      `From: <sip:${user}@${realm}>;tag=${callId}`,
      `To: <sip:${user}@${realm}>`,
      `Call-ID: ${callId}`,
      `CSeq: ${cseq} REGISTER`,
      `Contact: <sip:${user}@127.0.0.1:${own}>`,
      `Expires: ${seconds}`,
      "Content-Length: 0",
    ];
    if (authorization !== "") lines.push(`Authorization: ${authorization}`);
    socket.send(`${lines.join("\r\n")}\r\n\r\n`, port, "127.0.0.1");
    const [datagram] = (await once(socket, "message", { signal: AbortSignal.timeout(10_000) })) as [Buffer];
    return datagram.toString();
  };
  const status = (text: string): number => Number(text.split(" ")[1]);
  try {
    const challenge = await send(1);
    const { nonce = "" } = digestParameters(/^WWW-Authenticate: (.*)$/m.exec(challenge)?.[1] ?? "");
    const [uri, nc, cnonce] = [`sip:${realm}`, "00000001", randomBytes(8).toString("hex")];
    const response = md5(md5(user, realm, password), nonce, nc, cnonce, "auth", md5("REGISTER", uri));
    const answer = await send(
      2,
      `Digest username="${user}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}", algorithm=MD5, qop=auth, nc=${nc}, cnonce="${cnonce}"`,
    );
    return [status(challenge), status(answer)];
  } finally {
    socket.close();
  }
}
