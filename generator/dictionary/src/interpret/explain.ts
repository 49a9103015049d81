/** A message with the names of a dictionary, and what its grammar says against it: what a person wants to see of it. */
import type { Issue, RawMessage } from "@diamgen/runtime/codec";
import type { Dictionary } from "../model/dictionary.js";
import { formatMessage } from "./format.js";
import { interpreter } from "./interpreter.js";
import { type Json, messageJson } from "./json.js";
import { type MessageTree, messageTree } from "./tree.js";

export interface ExplainedMessage {
  readonly tree: MessageTree;
  /** By the grammar of the profile that has the least against the message; none where the dictionary has no such command. */
  readonly issues: readonly Issue[];
  /** Lines for people, each issue in one of its own. */
  readonly text: string;
  readonly json: Json;
}

/** Explains messages; the message may be gone afterwards. What any document of the dictionary defines counts as known. */
export function explainer(dictionary: Dictionary): (raw: RawMessage) => ExplainedMessage {
  const codecs = interpreter(dictionary, { known: dictionary.avps.values() });
  return (raw) => {
    const tree = messageTree(dictionary, raw);
    const opinions = codecs.codecsOf(raw).map((codec) => {
      const decoded = codec.decode(raw);
      return decoded.ok ? [] : decoded.issues;
    });
    const issues = opinions.sort((a, b) => a.length - b.length)[0] ?? [];
    return {
      tree,
      issues,
      get text() {
        const lines = issues.map((issue) => `  ! ${issue.resultCode} ${issue.message} at octet ${issue.offset}`);
        return `${[formatMessage(tree), ...lines].join("\n")}\n`;
      },
      get json() {
        return messageJson(tree, issues);
      },
    };
  };
}
