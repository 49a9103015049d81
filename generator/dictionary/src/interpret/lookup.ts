import type { RawMessage } from "@diamgen/runtime/codec";
import { type Application, type AvpDefinition, avpKey, type Command, type Dictionary } from "../model/dictionary.js";

/** By itself, its key or its id. @throws {RangeError} where there is none, or several of that id */
export function applicationOf(dictionary: Dictionary, wanted: Application | string | number): Application {
  if (typeof wanted === "object") return wanted;
  const found = dictionary.applications.filter(({ key, id }) => key === wanted || id === wanted);
  return only(found, `application ${wanted}`, ({ key }) => key);
}

/** By itself, its name or its code. @throws {RangeError} where there is none */
export function commandOf({ key, commands }: Application, wanted: Command | string | number): Command {
  if (typeof wanted === "object") return wanted;
  const found = commands.filter(({ name, code }) => name === wanted || code === wanted);
  return only(found, `command ${wanted} in application ${key}`, ({ code }) => `${code}`);
}

/** By itself, its name, or its vendor id and code. @throws {RangeError} where there is none, or several of that name */
export function avpNamed(dictionary: Dictionary, wanted: AvpDefinition | string): AvpDefinition {
  if (typeof wanted === "object") return wanted;
  const byKey = dictionary.avps.get(wanted);
  if (byKey !== undefined) return byKey;
  const found = [...dictionary.avps.values()].filter(({ name }) => name === wanted);
  return only(found, `AVP ${wanted}`, ({ vendorId, code }) => avpKey(vendorId, code));
}

/** Commands that a header means, application by application; those of the base protocol where its application has none of that code. */
export function matching(
  dictionary: Dictionary,
  { applicationId, commandCode }: RawMessage,
): { readonly application: Application; readonly command: Command }[] {
  const of = (id: number) =>
    dictionary.applications
      .filter((application) => application.id === id)
      .flatMap((application) => {
        const command = application.commands.find(({ code }) => code === commandCode);
        return command === undefined ? [] : [{ application, command }];
      });
  const own = of(applicationId);
  return own.length > 0 ? own : of(0);
}

function only<T>(found: readonly T[], what: string, name: (one: T) => string): T {
  const [first] = found;
  if (first === undefined) throw new RangeError(`the dictionary has no ${what}`);
  if (found.length > 1) throw new RangeError(`${what} is one of several: ${found.map(name).join(", ")}`);
  return first;
}
