/** What the header may not have: RFC 6733 section 3, and the CCF of the command (section 3.2). */
import { CommandFlag, type Issue, type RawMessage, ResultCode } from "@diamgen/runtime/codec";
import type { Command } from "../model/dictionary.js";

/** r(eserved) of Command Flags. */
const RESERVED = 0x0f;

/** @param commands that the header may mean: of each profile of its application one */
export function headerIssue(raw: RawMessage, commands: readonly Command[]): Issue | undefined {
  const { flags } = raw;
  if ((flags & RESERVED) !== 0)
    return issue(ResultCode.DIAMETER_INVALID_BIT_IN_HEADER, "a reserved bit of Command Flags is set");
  if (commands.length === 0 || commands.some(({ proxiable }) => proxiable === raw.isProxiable)) return undefined;
  // Answers echo the P bit of the request, which has been judged: section 6.2.
  if (!raw.isRequest) return undefined;
  const isSet = (flags & CommandFlag.PROXIABLE) !== 0;
  const problem = isSet ? "has the P bit and is not proxiable" : "is proxiable and lacks the P bit";
  return issue(ResultCode.DIAMETER_INVALID_HDR_BITS, `${(commands[0] as Command).name} ${problem}`);
}

function issue(resultCode: number, message: string): Issue {
  return { resultCode, message, offset: 0, path: "" };
}
