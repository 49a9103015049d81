/** A password that neither the list of processes nor the history of a shell gets to see. */
import { createInterface } from "node:readline";
import { Writable } from "node:stream";

const MAX_LENGTH = 1024;

/** The first line of standard input; at a terminal asked for twice, without showing it. Undefined where the two differ. */
export async function readPassword(): Promise<string | undefined> {
  if (process.stdin.isTTY !== true) return firstLine();
  const password = await ask("Password: ");
  return (await ask("Again: ")) === password ? password : undefined;
}

async function firstLine(): Promise<string> {
  let text = "";
  process.stdin.setEncoding("utf8");
  for await (const chunk of process.stdin as AsyncIterable<string>) {
    text += chunk;
    if (text.includes("\n") || text.length > MAX_LENGTH) break;
  }
  return (text.split("\n", 1)[0] ?? "").replace(/\r$/, "");
}

function ask(question: string): Promise<string> {
  process.stderr.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  return new Promise((resolve) => {
    terminal.once("line", (line) => {
      terminal.close();
      process.stderr.write("\n");
      resolve(line);
    });
    // Ctrl-D and Ctrl-C: no password, which is refused.
    terminal.once("close", () => resolve(""));
  });
}
