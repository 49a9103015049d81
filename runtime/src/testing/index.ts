/** `@diamgen/runtime/testing`: what tests of programs that use the runtime are made with. */
export { everyOctet, type MemoryOptions, MemoryTransport, memoryPair } from "../transport/memory.js";
export { VirtualClock } from "./clock.js";
export { type HostileInput, hostileRequests } from "./hostile.js";
export { type MockAnswer, MockPeer, type MockPeerOptions } from "./mock-peer.js";
export type { MockExpectation, MockIdentity, MockReply } from "./mock-script.js";
export {
  type AvpOctets,
  avpOctets,
  avpsIn,
  type HeaderChange,
  nestedAvps,
  withAvps,
  withHeader,
} from "./octets.js";
