/** A trace as lines of JSON, for as long as the client reads. */
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { Logger } from "pino";
import type { AdminOperations, TraceEvent } from "./operations.js";
import { parseTraceRequest } from "./requests.js";

/** What may wait for a client that reads more slowly than messages come. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;

/** Resolves when the client has gone. Rejects with an AdminError before anything is answered. */
export async function streamEvents(
  operations: Pick<AdminOperations, "trace">,
  given: unknown,
  response: ServerResponse,
  log: Logger,
): Promise<void> {
  const begin = () => {
    if (response.headersSent || response.destroyed) return;
    response.writeHead(200, { "Content-Type": "application/x-ndjson" });
    response.flushHeaders();
  };
  const { write, missed } = eventsTo(response);
  const show = (event: TraceEvent) => {
    begin();
    write(event);
  };
  const stop = await operations.trace(parseTraceRequest(given), show, missed);
  // The client hears by the headers that messages are shown from now on.
  begin();
  if (!response.destroyed) await once(response, "close");
  stop();
  log.debug("an operator's trace has ended");
}

/** Beyond what may wait, messages are dropped until all of that has gone: one gap and not many; its line says how many are missing. */
function eventsTo(response: ServerResponse): {
  readonly write: (event: TraceEvent) => void;
  readonly missed: (messages: number) => void;
} {
  let dropped = 0;
  const tell = () => {
    if (dropped === 0 || response.destroyed) return;
    const line = `${JSON.stringify({ dropped })}\n`;
    dropped = 0;
    response.write(line);
  };
  response.on("drain", tell);
  return {
    write: (event) => {
      if (response.destroyed) return;
      if (dropped > 0 || response.writableLength > MAX_WAITING_BYTES) dropped++;
      else response.write(`${JSON.stringify(event)}\n`);
    },
    missed: (messages) => {
      dropped += messages;
      if (!response.writableNeedDrain) tell();
    },
  };
}
