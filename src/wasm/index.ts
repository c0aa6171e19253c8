/**
 * Looks at bytes: what a file is by how it begins, and what a WebAssembly binary imports and exports. Knows nothing of
 * files, networks or the cache, and neither validates nor runs what it reads.
 * @module
 */
export { inspectWasm, type InspectWasmOptions, type WasmInspection } from "./inspect-wasm.ts";
export type { RandomAccess } from "./random-access.ts";
export { type Shape, shapeHeadBytes, sniffShape } from "./shape.ts";
export type { WasmExtern, WasmExternKind } from "./wasm-extern.ts";
