/** What can be imported and exported: by a module the first five, by a component the others and `func`. */
export type WasmExternKind =
  | "func"
  | "table"
  | "memory"
  | "global"
  | "tag"
  | "type"
  | "instance"
  | "component"
  | "module";

/** An import or an export. */
export interface WasmExtern {
  /**
   * As it stands in the binary, where it may be any text: show it escaped. A component's is an extern name
   * (`wasi:cli/run@0.2.0`, `greet`); a module's import is `MODULE.NAME`.
   */
  readonly name: string;
  /** The sort, in the component model's words. */
  readonly kind: WasmExternKind;
}
