/** A small typed emitter: a listener that throws breaks neither the others nor the runtime. */

// biome-ignore lint/suspicious/noExplicitAny: the arguments of all events
type EventMap<T> = { readonly [name in keyof T]: readonly any[] };
type Listener<A extends readonly unknown[]> = (...args: A) => void;

export class Emitter<T extends EventMap<T>> {
  private readonly listeners = new Map<keyof T, Listener<never>[]>();

  /** Calls `listener` at every such event; the function returned ends that. */
  on<N extends keyof T>(name: N, listener: Listener<T[N]>): () => void {
    // A new list each time: an event that is being told keeps to the list that it began with.
    this.listeners.set(name, [...(this.listeners.get(name) ?? []), listener]);
    return () => this.off(name, listener);
  }

  off<N extends keyof T>(name: N, listener: Listener<T[N]>): void {
    const left = (this.listeners.get(name) ?? []).filter((candidate) => candidate !== listener);
    if (left.length > 0) this.listeners.set(name, left);
    else this.listeners.delete(name);
  }

  once<N extends keyof T>(name: N, listener: Listener<T[N]>): () => void {
    const off = this.on(name, (...args) => {
      off();
      listener(...args);
    });
    return off;
  }

  has(name: keyof T): boolean {
    return this.listeners.has(name);
  }

  emit<N extends keyof T>(name: N, ...args: T[N]): void {
    const listeners = this.listeners.get(name);
    if (listeners === undefined) return;
    for (const listener of listeners) {
      try {
        (listener as unknown as Listener<T[N]>)(...args);
      } catch (error) {
        // As an EventTarget does it: the program hears of it, as of any error that nobody caught.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
