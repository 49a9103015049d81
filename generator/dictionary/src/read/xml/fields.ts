/** Typed attributes of XML elements: text, names, strict numbers, words from a list. What is wrong is reported at the attribute. */
import { type DiagnosticBag, oneOf, quote } from "../../diagnostics.js";
import type { SourceLocation } from "../../model/document.js";
import type { SourceText } from "../../source.js";
import { didYouMean } from "../../suggest.js";
import type { XmlAttribute } from "./attributes.js";
import type { XmlElement } from "./xml.js";

export const MAX_UNSIGNED32 = 0xffffffff;
const MAX_NAME = 256;

/** Reads the attributes of the elements of one file. */
export class Fields {
  readonly source: SourceText;
  readonly diagnostics: DiagnosticBag;

  constructor(source: SourceText, diagnostics: DiagnosticBag) {
    this.source = source;
    this.diagnostics = diagnostics;
  }

  at(element: XmlElement): SourceLocation {
    return this.source.at(element.offset);
  }

  atValue(attribute: XmlAttribute): SourceLocation {
    return this.source.at(attribute.valueOffset);
  }

  /** Undefined where it is absent or blank. */
  text(element: XmlElement, name: string): string | undefined {
    return element.attributes.get(name)?.value.trim() || undefined;
  }

  /** A required name: trimmed, not empty, nothing in it that would garble a terminal or a generated file. */
  name(element: XmlElement, attributeName = "name"): string | undefined {
    const attribute = this.required(element, attributeName);
    if (attribute === undefined) return undefined;
    const name = attribute.value.trim();
    const at = this.atValue(attribute);
    if (name !== attribute.value) {
      this.diagnostics.add("DG1018", at, `white space around ${quote(name)}`, { hint: "Take it off." });
    }
    if (name === "") this.diagnostics.add("DG1016", at, `${attributeName} of <${element.name}> is empty`);
    else if (name.length > MAX_NAME) {
      this.diagnostics.add("DG1016", at, `name of ${name.length} characters; ${MAX_NAME} are read at most`);
    } else if (/\p{C}/u.test(name)) {
      this.diagnostics.add("DG1016", at, `control or invisible characters in the name ${quote(name)}`);
    } else return name;
    return undefined;
  }

  /** A required number. */
  number(element: XmlElement, name: string, min: number, max: number): number | undefined {
    const attribute = this.required(element, name);
    return attribute && this.decimal(attribute, min, max);
  }

  /** A number that may be absent (undefined); null where it is there and wrong. */
  optionalNumber(element: XmlElement, name: string, min: number, max: number): number | undefined | null {
    const attribute = element.attributes.get(name);
    return attribute === undefined ? undefined : (this.decimal(attribute, min, max) ?? null);
  }

  /** One of a list of words, whatever their case; undefined where it is absent or wrong. */
  word<Word extends string>(element: XmlElement, name: string, words: readonly Word[]): Word | undefined {
    const attribute = element.attributes.get(name);
    if (attribute === undefined) return undefined;
    const value = attribute.value.trim().toLowerCase();
    const word = words.find((candidate) => candidate === value);
    if (word === undefined) {
      this.diagnostics.add("DG1015", this.atValue(attribute), `${name} is ${quote(attribute.value)}`, {
        hint: [didYouMean(value, words), `It is ${oneOf(words)}.`].filter(Boolean).join(" "),
      });
    }
    return word;
  }

  private required(element: XmlElement, name: string): XmlAttribute | undefined {
    const attribute = element.attributes.get(name);
    if (attribute === undefined) {
      this.diagnostics.add("DG1012", this.at(element), `<${element.name}> without ${name}`, {
        hint: `Write <${element.name} ${name}="...">.`,
      });
    }
    return attribute;
  }

  private decimal(attribute: XmlAttribute, min: number, max: number): number | undefined {
    const text = attribute.value.trim();
    if (!/^-?[0-9]+$/.test(text)) {
      this.diagnostics.add("DG1013", this.atValue(attribute), `${attribute.name} is ${quote(attribute.value)}`, {
        hint: "Write it in decimal digits.",
      });
      return undefined;
    }
    const value = Number(text);
    if (value < min || value > max) {
      this.diagnostics.add("DG1014", this.atValue(attribute), `${attribute.name} is ${quote(text)}`, {
        hint: `It lies between ${min} and ${max}.`,
      });
      return undefined;
    }
    // "-0" is the number that no map finds again.
    return value === 0 ? 0 : value;
  }
}
