/** Questions and answers between two processes, over the channel that Node opens with a child. */

/** One end of it: a `Worker` of node:cluster, or `process` in a worker. */
export interface Port {
  send(message: unknown, done: (error: Error | null) => void): unknown;
  on(event: "message", listener: (message: unknown) => void): unknown;
}

/** Questions by their names: what is asked, and what is answered. */
export type Calls = Readonly<Record<string, (asked: never) => unknown>>;

export type Handlers<C extends Calls> = {
  readonly [N in keyof C]: (asked: Parameters<C[N]>[0]) => ReturnType<C[N]> | Promise<ReturnType<C[N]>>;
};

type Envelope =
  | { readonly kind: "question"; readonly id: number; readonly name: string; readonly body: unknown }
  | { readonly kind: "answer"; readonly id: number; readonly body: unknown }
  | { readonly kind: "error"; readonly id: number; readonly error: ErrorFacts };

interface ErrorFacts {
  readonly message: string;
  readonly code?: string | undefined;
}

/** What the other side has thrown, or that it is gone. */
export class ChannelError extends Error {
  readonly code: string | undefined;

  constructor({ message, code }: ErrorFacts) {
    super(message);
    this.name = "ChannelError";
    this.code = code;
  }
}

interface Pending {
  readonly resolve: (body: never) => void;
  readonly reject: (error: ChannelError) => void;
}

/** `Mine` are the questions that are answered here, `Theirs` those that are asked. */
export class Channel<Mine extends Calls, Theirs extends Calls> {
  readonly #port: Port;
  readonly #pending = new Map<number, Pending>();
  #last = 0;
  #closed = false;

  constructor(port: Port, handlers: Handlers<Mine>) {
    this.#port = port;
    port.on("message", (message) => {
      if (!isEnvelope(message)) return;
      if (message.kind === "question") void this.#answer(message, handlers);
      else this.#settle(message);
    });
  }

  /** Rejects with a ChannelError: what the other side threw, or that it is gone. */
  ask<N extends keyof Theirs & string>(name: N, body: Parameters<Theirs[N]>[0]): Promise<ReturnType<Theirs[N]>> {
    return new Promise((resolve, reject) => {
      const id = ++this.#last;
      this.#pending.set(id, { resolve, reject });
      this.#send({ kind: "question", id, name, body }, (error) => this.#fail(id, error.message));
      if (this.#closed) this.#fail(id, "the process is gone");
    });
  }

  /** As `ask`, where nobody waits for the answer. */
  tell<N extends keyof Theirs & string>(name: N, body: Parameters<Theirs[N]>[0]): void {
    this.ask(name, body).catch(() => {});
  }

  /** The other side is gone. */
  close(): void {
    this.#closed = true;
    for (const id of [...this.#pending.keys()]) this.#fail(id, "the process is gone");
  }

  async #answer({ id, name, body }: Envelope & { kind: "question" }, handlers: Handlers<Mine>): Promise<void> {
    const ignore = () => {};
    try {
      const handler = handlers[name] as ((asked: unknown) => unknown) | undefined;
      if (handler === undefined) throw new TypeError(`there is no question ${name}`);
      this.#send({ kind: "answer", id, body: await handler(body) }, ignore);
    } catch (error) {
      this.#send({ kind: "error", id, error: factsOf(error) }, ignore);
    }
  }

  #settle(message: Exclude<Envelope, { kind: "question" }>): void {
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.kind === "answer") pending?.resolve(message.body as never);
    else pending?.reject(new ChannelError(message.error));
  }

  #fail(id: number, message: string): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.reject(new ChannelError({ message }));
  }

  #send(envelope: Envelope, failed: (error: Error) => void): void {
    if (this.#closed) return;
    try {
      this.#port.send(envelope, (error) => error && failed(error));
    } catch (error) {
      // The channel was closed a moment ago.
      failed(error as Error);
    }
  }
}

function isEnvelope(message: unknown): message is Envelope {
  return typeof message === "object" && message !== null && "kind" in message && "id" in message;
}

function factsOf(error: unknown): ErrorFacts {
  if (!(error instanceof Error)) return { message: String(error) };
  const { code } = error as { code?: unknown };
  return { message: error.message, ...(typeof code === "string" && { code }) };
}
