/** Finds the AVP that a name in a rule means. */
import { type DiagnosticBag, quote } from "../diagnostics.js";
import type { DictionaryDocument, SourceLocation } from "../model/document.js";
import { didYouMean } from "../suggest.js";
import type { AvpDrafts } from "./avps.js";
import type { AvpDraft } from "./drafts.js";
import type { Scope } from "./scope.js";

export interface NameReference {
  readonly name: string;
  /** Given with the name. */
  readonly vendorId?: number | undefined;
  /** Tried in this order before IETF: vendor of the group, vendor of the application. */
  readonly vendors: readonly (number | undefined)[];
  readonly scope: Scope;
  readonly at: SourceLocation;
}

const IETF = 0;

/** An AVP under one of its names, and the documents that call it so. */
interface Named {
  readonly draft: AvpDraft;
  readonly documents: ReadonlySet<DictionaryDocument>;
}

export class Names {
  readonly #byName = new Map<string, Named[]>();
  readonly #diagnostics: DiagnosticBag;
  /** Documents and AVPs that DG2003 was given for: once is enough. */
  readonly #notImported = new Map<Scope, Set<AvpDraft>>();

  constructor(drafts: AvpDrafts, diagnostics: DiagnosticBag) {
    this.#diagnostics = diagnostics;
    for (const draft of drafts.values()) {
      for (const [name, documents] of draft.names) {
        const list = this.#byName.get(name);
        if (list === undefined) this.#byName.set(name, [{ draft, documents }]);
        else list.push({ draft, documents });
      }
    }
  }

  /** What is imported goes before what merely happens to be loaded as well; and a name means what it means there. */
  resolve(reference: NameReference): AvpDraft | undefined {
    const { name, vendorId, scope } = reference;
    const named = this.#byName.get(name) ?? [];
    const all = vendorId === undefined ? named : named.filter(({ draft }) => draft.avp.vendorId === vendorId);
    const visible = all.filter(({ documents }) => overlap(documents, scope.visible));
    const pool = visible.length > 0 ? visible : all;
    if (pool.length === 0) {
      this.#reportUnknown(reference, draftsOf(named));
      return undefined;
    }
    const found = pick(pool, reference);
    if (found === undefined) this.#reportAmbiguous(reference, draftsOf(pool));
    else if (pool !== visible && !scope.open) this.#reportNotImported(reference, found);
    return found;
  }

  #reportUnknown({ name, vendorId, scope, at }: NameReference, elsewhere: readonly AvpDraft[]): void {
    if (this.#diagnostics.full) return;
    if (elsewhere.length > 0) {
      this.#diagnostics.add("DG2001", at, `no AVP ${quote(name)} of vendor ${vendorId}`, {
        hint: `There is one of ${elsewhere.map(({ avp }) => `vendor ${avp.vendorId}`).join(", ")}.`,
        related: places(elsewhere),
      });
      return;
    }
    const nearest = didYouMean(name, this.#byName.keys());
    const hint = scope.open
      ? "Import the dictionary that defines it, or define it."
      : "Define it, or import what defines it.";
    this.#diagnostics.add("DG2001", at, `no AVP ${quote(name)}`, { hint: nearest ?? hint });
  }

  #reportAmbiguous({ name, at, vendorId }: NameReference, pool: readonly AvpDraft[]): void {
    const hint =
      vendorId !== undefined || pool.every(({ avp }) => avp.vendorId === pool[0]?.avp.vendorId)
        ? "One vendor has the name twice: rename one of them."
        : `Say which: vendor-id="${pool[0]?.avp.vendorId}" or another of them.`;
    const message = `${quote(name)} may be ${pool.map(identity).join(" or ")}`;
    this.#diagnostics.add("DG2002", at, message, { hint, related: places(pool) });
  }

  #reportNotImported({ name, scope, at }: NameReference, found: AvpDraft): void {
    const reported = this.#notImported.get(scope) ?? new Set();
    if (reported.has(found)) return;
    this.#notImported.set(scope, reported.add(found));
    this.#diagnostics.add("DG2003", at, `AVP ${quote(name)} is in ${found.document.file}, which is not imported here`, {
      hint: "Import it.",
      related: places([found]),
    });
  }
}

export function isVisible(draft: AvpDraft, scope: Scope): boolean {
  return overlap(draft.homes, scope.visible);
}

function overlap(documents: ReadonlySet<DictionaryDocument>, visible: ReadonlySet<DictionaryDocument>): boolean {
  for (const document of documents) if (visible.has(document)) return true;
  return false;
}

/** The vendor of the parent group, then that of the application, then IETF, then any if only one has it. */
function pick(pool: readonly Named[], { vendors, scope }: NameReference): AvpDraft | undefined {
  for (const vendor of [...vendors, IETF]) {
    if (vendor === undefined) continue;
    const matches = pool.filter(({ draft }) => draft.avp.vendorId === vendor);
    if (matches.length > 0) return onlyOne(matches, scope);
  }
  return onlyOne(pool, scope);
}

/** One name may stand for two codes of a vendor: then that of this document is meant. */
function onlyOne(matches: readonly Named[], scope: Scope): AvpDraft | undefined {
  if (matches.length === 1) return matches[0]?.draft;
  const own = matches.filter(({ documents }) => documents.has(scope.document));
  return own.length === 1 ? own[0]?.draft : undefined;
}

function draftsOf(named: readonly Named[]): AvpDraft[] {
  return named.map(({ draft }) => draft);
}

function identity({ avp }: AvpDraft): string {
  return `(vendor ${avp.vendorId}, code ${avp.code})`;
}

function places(drafts: readonly AvpDraft[]) {
  return drafts.slice(0, 10).map((draft) => ({ message: `${identity(draft)} is defined here`, at: draft.node.at }));
}
