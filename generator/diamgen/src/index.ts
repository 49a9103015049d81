/** The compiler as a library: what the `diamgen` command does. */

export { type EmitOptions, emitTypeScript } from "./emit/emit.js";
export { CODEGEN_VERSION, type EmittedFile } from "./emit/emitted-file.js";
export { EmitError } from "./emit/verify.js";
export { compareFiles, type Difference, type WriteResult, writeFiles } from "./emit/write.js";
