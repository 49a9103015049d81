/** What is sent before a connection is closed on which something came that is not Diameter: RFC 6733 sections 2.1 and 7.1.5. */
import { ErrorAnswer } from "../codec/error-answer.js";
import type { FramingFault } from "../codec/framing.js";
import { CommandFlag } from "../codec/header.js";
import type { Link } from "./link.js";

/**
 * Closes `link`. A request whose header could be read is answered first, if its sender is a peer; where nothing is answered the
 * connection is reset, as section 2.1 wants for a stream that cannot be recovered.
 */
export function answerFault(
  link: Link,
  fault: FramingFault,
  origin: { readonly originHost: string; readonly originRealm: string },
  open: boolean,
): void {
  const { header, resultCode, message } = fault;
  if (!open || header === undefined || (header.flags & CommandFlag.REQUEST) === 0) {
    link.destroy();
    return;
  }
  const { originHost, originRealm } = origin;
  link.write(ErrorAnswer.to(header, { originHost, originRealm, resultCode, errorMessage: message }).encode().toBytes());
  link.close();
}
