/** A subscriber, on the command line: user@domain. */
import { Argument, InvalidArgumentError } from "commander";

export interface UserName {
  readonly username: string;
  readonly domain: string;
}

export function userArgument(description = "the subscriber; the domain is the digest realm"): Argument {
  return new Argument("<user@domain>", description).argParser(parseName);
}

export const userText = ({ username, domain }: UserName) => `${username}@${domain}`;

function parseName(value: string): UserName {
  const at = value.lastIndexOf("@");
  if (at <= 0 || at === value.length - 1) throw new InvalidArgumentError("a subscriber is user@domain.");
  return { username: value.slice(0, at), domain: value.slice(at + 1) };
}
