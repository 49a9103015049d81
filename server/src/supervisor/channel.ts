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
  | { readonly kind: "note"; readonly id: 0; readonly name: string; readonly body: unknown }
  | { readonly kind: "answer"; readonly id: number; readonly body: unknown }
  | { readonly kind: "error"; readonly id: number; readonly error: ErrorFacts };

type Question = Extract<Envelope, { readonly name: string }>;

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
  readonly #failed: (name: string, error: unknown) => void;
  readonly #pending = new Map<number, Pending>();
  #last = 0;
  #closed = false;

  /** `failed`: told of what a handler has thrown where nobody waits for an answer. */
  constructor(port: Port, handlers: Handlers<Mine>, failed: (name: string, error: unknown) => void) {
    this.#port = port;
    this.#failed = failed;
    port.on("message", (message) => {
      // What has come after the end of its process is of one that has nothing any more.
      if (this.#closed || !isEnvelope(message)) return;
      if (message.kind === "answer" || message.kind === "error") this.#settle(message);
      else void this.#answer(message, handlers);
    });
  }

  /** Rejects with a ChannelError: what the other side threw, or that it is gone. */
  ask<N extends keyof Theirs & string>(name: N, body: Parameters<Theirs[N]>[0]): Promise<ReturnType<Theirs[N]>> {
    return new Promise((resolve, reject) => {
      const id = ++this.#last;
      this.#pending.set(id, { resolve, reject });
      const sending = this.#send({ kind: "question", id, name, body }, (error) => {
        if (error !== null) this.#fail(id, error.message);
      });
      if (!sending) this.#fail(id, "the process is gone");
    });
  }

  /** As `ask`, but there is no answer. `sent` is called when it has left this process, or never will. */
  tell<N extends keyof Theirs & string>(name: N, body: Parameters<Theirs[N]>[0], sent: () => void = () => {}): void {
    if (!this.#send({ kind: "note", id: 0, name, body }, sent)) sent();
  }

  /** The other side is gone. */
  close(): void {
    this.#closed = true;
    for (const id of [...this.#pending.keys()]) this.#fail(id, "the process is gone");
  }

  async #answer(message: Question, handlers: Handlers<Mine>): Promise<void> {
    const { kind, id, name, body } = message;
    const reply = (envelope: Envelope) => {
      if (kind === "question") this.#send(envelope, () => {});
    };
    try {
      if (!Object.hasOwn(handlers, name)) throw new TypeError(`there is no question ${name}`);
      const handler = handlers[name] as (asked: unknown) => unknown;
      reply({ kind: "answer", id, body: await handler(body) });
    } catch (error) {
      if (kind === "note") this.#failed(name, error);
      reply({ kind: "error", id, error: factsOf(error) });
    }
  }

  #settle(message: Exclude<Envelope, Question>): void {
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

  /** False where nothing is sent any more; then `done` is not called. */
  #send(envelope: Envelope, done: (error: Error | null) => void): boolean {
    if (this.#closed) return false;
    try {
      this.#port.send(envelope, done);
    } catch (error) {
      // The channel was closed a moment ago.
      done(error as Error);
    }
    return true;
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
