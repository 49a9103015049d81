/** The request in the body of an HTTP request. */
import type { IncomingMessage } from "node:http";
import { AdminError } from "./admin-error.js";

const MAX_BYTES = 64 * 1024;

/** The JSON of a body; undefined where there is none. Rejects with an AdminError, also where the client goes. */
export async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const text = await textOf(request);
  if (text.trim() === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new AdminError("ADMIN_INVALID", "the request is no JSON");
  }
}

/** What is beyond the limit is dropped, as long as the client is there to hear that it is too much. */
function textOf(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length <= MAX_BYTES) chunks.push(chunk);
      else {
        chunks.length = 0;
        reject(new AdminError("ADMIN_LIMIT", `a request has at most ${MAX_BYTES} octets`));
      }
    });
    request.on("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
    const gone = () => reject(new AdminError("ADMIN_INVALID", "the request is not complete"));
    request.on("error", gone);
    request.on("close", gone);
  });
}
