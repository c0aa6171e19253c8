/** Ways to name what is not below a folder, or to hide that one does. */
const forms: readonly string[] = [
  "../secret",
  "../../secret",
  "./../secret",
  "..",
  ".",
  "....//secret",
  "..;/secret",
  "/secret",
  "//secret",
  "~/secret",
  "%2e%2e/secret",
  "%2E%2E%2Fsecret",
  "..%2fsecret",
  ".%2e/secret",
  "%252e%252e%252fsecret",
  "%c0%ae%c0%ae%c0%afsecret",
  "%u002e%u002e/secret",
  "..\\secret",
  "..%5csecret",
  "\\\\host\\share\\secret",
  "C:/secret",
  "C:%5csecret",
  "%43%3a/secret",
  "CON",
  "nul.wasm",
  "hello.wasm::$DATA",
  "hello.",
  "hello%20",
  "HELLO~1",
  "hello%00.wasm",
  "hello\u0000",
  "hello%0d%0aX-Injected:%20yes",
  "\u00e9",
  "%",
  "%zz",
];

/** Places in a path where a server could take what stands there for the name of a file. */
const places: readonly ((form: string) => string)[] = [
  (form) => `/${form}`,
  (form) => `/v2/${form}`,
  (form) => `/v2/components/${form}/manifests/latest`,
  (form) => `/v2/packs/${form}/tags/list`,
  (form) => `/v2/components/hello/manifests/${form}`,
  (form) => `/v2/components/hello/blobs/${form}`,
  (form) => `/distributor-api/${form}`,
  (form) => `/assets/${form}`,
];

/** Request targets that must be refused, whatever a server has, as they are sent: in Latin-1, unencoded. */
export const hostileTargets: readonly string[] = places.flatMap((place) => forms.map((form) => place(form)));
