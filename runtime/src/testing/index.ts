/** `@diamgen/runtime/testing`: what tests of programs that use the runtime are made with. */
export { everyOctet, type MemoryOptions, MemoryTransport, memoryPair } from "../transport/memory.js";
export { VirtualClock } from "./clock.js";
