/** Keeps what is written to stderr from the terminal, until it is disposed of. */
export function messageSink(): Disposable & { readonly text: string } {
  const { write } = process.stderr;
  let text = "";
  process.stderr.write = ((chunk: string) => {
    text += chunk;
    return true;
  }) as typeof write;
  return {
    get text() {
      return text;
    },
    [Symbol.dispose]() {
      process.stderr.write = write;
    },
  };
}
