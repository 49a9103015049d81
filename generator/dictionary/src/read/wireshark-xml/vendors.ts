/** Vendors, which AVPs and commands name by a key: `<vendor vendor-id="TGPP" code="10415" name="3GPP">`. */
import { quote } from "../../diagnostics.js";
import type { SourceLocation, VendorNode } from "../../model/document.js";
import { slug } from "../../slug.js";
import { didYouMean } from "../../suggest.js";
import { type Fields, MAX_UNSIGNED32 } from "../xml/fields.js";
import type { XmlElement } from "../xml/xml.js";

/** The key of the IETF, who need no vendor id. */
const NONE = "none";

export class Vendors {
  /** By key in lower case. */
  readonly #byKey = new Map<string, { readonly id: number; readonly key: string; readonly at: SourceLocation }>();
  readonly #nodes = new Map<number, VendorNode>();
  readonly #keys = new Set<string>();

  get nodes(): readonly VendorNode[] {
    return [...this.#nodes.values()];
  }

  /** Before any AVP is read: vendors stand in any place. */
  declare(element: XmlElement, fields: Fields): void {
    const key = fields.name(element, "vendor-id");
    const id = fields.number(element, "code", 0, MAX_UNSIGNED32);
    if (key === undefined || id === undefined) return;
    const at = fields.at(element);
    const before = this.#byKey.get(key.toLowerCase());
    if (before !== undefined && before.id !== id) {
      fields.diagnostics.add("DG1036", at, `vendor ${quote(key)} is ${id} here and ${before.id} there`, {
        hint: "Give one of them another key.",
        related: [{ message: "declared first here", at: before.at }],
      });
      return;
    }
    if (before === undefined) this.#byKey.set(key.toLowerCase(), { id, key, at });
    // What stands for no vendor is none.
    if (id === 0 || this.#nodes.has(id)) return;
    const short = slug(key, "vendor", `vendor-${id}`);
    const unique = !this.#keys.has(short);
    this.#keys.add(short);
    const name = fields.text(element, "name") ?? key;
    this.#nodes.set(id, { id, name, ...(unique ? { key: short } : {}), at });
  }

  /** Of a `<vendor>`; undefined where it is wrong, which `declare` has said. */
  declaredBy(element: XmlElement): number | undefined {
    return this.#byKey.get(element.attributes.get("vendor-id")?.value.trim().toLowerCase() ?? "")?.id;
  }

  /** The vendor id that the attribute stands for; undefined where there is none, null where nobody knows it. */
  idOf(element: XmlElement, fields: Fields): number | undefined | null {
    const attribute = element.attributes.get("vendor-id");
    const key = attribute?.value.trim() ?? "";
    if (attribute === undefined || key === "") return undefined;
    const known = this.#byKey.get(key.toLowerCase());
    if (known !== undefined) return known.id;
    if (key.toLowerCase() === NONE) return 0;
    // As freeDiameter writes it, whose dictionaries begin alike.
    if (/^[0-9]+$/.test(key)) return fields.number(element, "vendor-id", 0, MAX_UNSIGNED32) ?? null;
    if (fields.diagnostics.full) return null;
    const keys = [...this.#byKey.values()].map((vendor) => vendor.key);
    fields.diagnostics.add("DG1036", fields.atValue(attribute), `vendor ${quote(key)} is not declared`, {
      hint: didYouMean(key, keys) ?? `Declare it: <vendor vendor-id="${key.slice(0, 60)}" code="..." name="..."/>.`,
    });
    return null;
  }
}
