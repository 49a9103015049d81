/** What RFC 6733 asks of a message that a program makes, beside what the types of its command ask for. */
import type { Avp } from "../codec/avp.js";
import type { AnyCommand } from "../codegen/types.js";
import { EncodeError } from "../errors.js";
import type { ApplicationIds } from "../peer/application-ids.js";
import { AvpCode } from "../peer/base-avps.js";

/** Every generated class has these AVPs under these names, where its grammar has them. */
interface Named extends ApplicationIds {
  readonly vendorSpecificApplicationId?: ApplicationIds | undefined;
  readonly resultCode?: number | undefined;
  readonly experimentalResult?: unknown;
  readonly avps?: readonly Avp[] | undefined;
}

const EXPERIMENTAL_RESULT = 297;
const SAME = [
  ["authApplicationId", "6.8"],
  ["acctApplicationId", "6.9"],
] as const;

/**
 * Sections 6.8, 6.9 and 6.11: application ids in AVPs are the header's, and Vendor-Specific-Application-Id has one of the two.
 *
 * @throws {EncodeError} they are not; they are filled in where they are left out
 */
export function checkRequest(command: AnyCommand, message: Named): void {
  const { id } = command.application;
  for (const [name, section] of SAME) {
    const value = message[name] ?? message.vendorSpecificApplicationId?.[name];
    if (value !== undefined && value !== id)
      throw new EncodeError(
        `${command.request.name} ${name}`,
        `${value} is not the id of the application, ${id} (RFC 6733 section ${section})`,
      );
  }
  const group = message.vendorSpecificApplicationId;
  if (group !== undefined && (group.authApplicationId === undefined) === (group.acctApplicationId === undefined))
    throw new EncodeError(
      `${command.request.name} vendorSpecificApplicationId`,
      "it has either Auth-Application-Id or Acct-Application-Id (RFC 6733 section 6.11)",
    );
}

/**
 * Sections 7.1 and 7.6: every answer has Result-Code or Experimental-Result. Grammars of vendors have both as optional.
 *
 * @throws {EncodeError} it has neither
 */
export function checkAnswer(command: AnyCommand, { resultCode, experimentalResult, avps }: Named): void {
  if (resultCode !== undefined || experimentalResult !== undefined) return;
  if (
    avps?.some(({ code, vendorId }) => vendorId === 0 && (code === AvpCode.RESULT_CODE || code === EXPERIMENTAL_RESULT))
  )
    return;
  throw new EncodeError(
    command.answer.name,
    "it has neither Result-Code nor Experimental-Result (RFC 6733 sections 7.1 and 7.6)",
  );
}
