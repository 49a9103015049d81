/** What these tests take from the runtime, in one place. */
export { RawMessage } from "@diamgen/runtime/codec";
export type { Codec, KnownAvps } from "@diamgen/runtime/codegen";
