import { type Avp, AvpError, ResultCode } from "@diamgen/runtime/codec";
import type { AvpDefinition } from "../model/dictionary.js";
import { createValue, type ValueInit } from "./create.js";
import { decodeOne } from "./decode.js";
import { avpOf } from "./encode.js";
import type { InterpretedValue } from "./message.js";
import type { Scope } from "./scope.js";

/** One AVP that stands alone, as the AVP definitions of generated code have it. */
export interface AvpCodec {
  readonly definition: AvpDefinition;
  /** Throws EncodeError for a value that the AVP cannot carry. */
  of(value: ValueInit): Avp;
  is(avp: Avp): boolean;
  /** Value of an AVP. Throws AvpError, with the Result-Code to answer, for octets that are none. */
  read(avp: Avp): InterpretedValue;
  /** Value of the first in `message.avps`; undefined where there is none. Throws AvpError as `read` does. */
  find(message: { readonly avps: readonly Avp[] }): InterpretedValue | undefined;
  /** Values of all in `message.avps`, in order. */
  findAll(message: { readonly avps: readonly Avp[] }): InterpretedValue[];
}

export function avpCodec(definition: AvpDefinition, scope: Scope): AvpCodec {
  const is = ({ code, vendorId }: Avp): boolean => code === definition.code && vendorId === definition.vendorId;
  const read = (avp: Avp): InterpretedValue => {
    const { code, vendorId, flags, data } = avp;
    const dataOffset = vendorId === 0 ? 8 : 12;
    const { value, issues } = decodeOne(definition, scope, {
      ...{ offset: 0, dataOffset, code, vendorId, flags, impossible: false },
      data: data.slice(),
    });
    // What is known was judged when the message was decoded.
    const issue = issues.find(({ resultCode }) => resultCode !== ResultCode.DIAMETER_AVP_UNSUPPORTED);
    if (issue !== undefined) throw new AvpError(issue.resultCode, issue.message, issue.failedAvp ?? avp);
    return value as InterpretedValue;
  };
  return {
    definition,
    of: (value) => avpOf(definition, createValue(definition, scope, value)),
    is,
    read,
    find({ avps }) {
      const first = avps.find(is);
      return first === undefined ? undefined : read(first);
    },
    findAll: ({ avps }) => avps.filter(is).map(read),
  };
}
