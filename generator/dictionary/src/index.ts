/** Reads Diameter dictionaries, links them, and says what is wrong with them. */

export { DIAGNOSTICS, type DiagnosticCode, type DiagnosticKind, hasErrors } from "./diagnostics.js";
export { type FormatOptions, formatDiagnostic } from "./format-diagnostic.js";
export type { AvpCodec } from "./interpret/avp-codec.js";
export type { Interpreted, InterpretingCodec } from "./interpret/codec.js";
export type { Filling, GroupInit, ValueInit } from "./interpret/create.js";
export { type ExplainedMessage, explainer } from "./interpret/explain.js";
export { formatMessage } from "./interpret/format.js";
export type { SimpleValue } from "./interpret/formats.js";
export { type Interpreter, type InterpreterOptions, interpreter } from "./interpret/interpreter.js";
export { type Json, messageJson } from "./interpret/json.js";
export {
  type InterpretedField,
  InterpretedGroup,
  InterpretedMessage,
  type InterpretedValue,
  type Side,
} from "./interpret/message.js";
export { type MessagesRead, messagesIn, octetsIn } from "./interpret/messages.js";
export { type AvpTree, type MessageTree, messageTree } from "./interpret/tree.js";
export { minLength } from "./interpret/values.js";
export { type LinkOptions, type LinkResult, link } from "./link/link.js";
export type { Imports } from "./link/scope.js";
export { shippedFolder } from "./load/shipped.js";
export { type LoadOptions, type LoadResult, loadDictionary } from "./load.js";
export type { Diagnostic, Severity } from "./model/diagnostic.js";
export {
  type Application,
  type AvpDefinition,
  avpKey,
  type Command,
  type DataType,
  type Dictionary,
  type EnumValue,
  type Grammar,
  type LinkedDocument,
  type Rule,
  type Vendor,
} from "./model/dictionary.js";
export type {
  ApplicationNode,
  AvpNode,
  CommandNode,
  DictionaryDocument,
  DictionaryFormat,
  EnumerationNode,
  EnumNode,
  ExtendNode,
  FlagRule,
  GrammarNode,
  ImportNode,
  InheritNode,
  RuleNode,
  RulePosition,
  SourceLocation,
  TypeNode,
  VendorNode,
} from "./model/document.js";
export { type Filled, filledWith } from "./model/filled.js";
export { type DetectedFormat, detectFormat } from "./read/detect.js";
export { type ReadOptions, type ReadResult, readDictionary } from "./read/read.js";
export type { SiblingFailure, SiblingFiles } from "./read/siblings.js";
export { type StrictOptions, strict } from "./strict/strict.js";
export { didYouMean, suggest } from "./suggest.js";
export { type DiagnosticSummary, summarise } from "./summarise.js";
