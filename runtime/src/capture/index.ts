/** `@diamgen/runtime/capture`: a node's messages as pcapng, for Wireshark and tshark. Nothing of Node's is needed. */
export { type Capture, type CaptureOptions, type CaptureSink, capture } from "./capture.js";
export { type CaptureCounts, type CapturedMessage, type PcapngOptions, PcapngWriter } from "./writer.js";
