import { gzipSync } from "node:zlib";
import { smallComponent } from "./artifacts.ts";
import { createLayout, type LayoutInMemory } from "./layout.ts";

/** An entry of a tar archive in which every field may lie. */
export interface RawEntry {
  readonly name: string | Uint8Array;
  readonly bytes?: Uint8Array | undefined;
  /** Default: `0`, a file. */
  readonly type?: string | undefined;
  readonly linkName?: string | undefined;
  /** What the size field says. Default: how many bytes there are. */
  readonly size?: string | Uint8Array | undefined;
  readonly magic?: string | undefined;
  readonly prefix?: string | undefined;
  /** Changes the header after its checksum was made. */
  readonly spoil?: ((header: Buffer) => void) | undefined;
}

/** A tar archive with these entries and `end` after them. */
export function rawTar(entries: readonly RawEntry[], end: Uint8Array = new Uint8Array(1024)): Buffer {
  return Buffer.concat([...entries.map(rawEntry), end]);
}

function rawEntry({ name, bytes = Buffer.alloc(0), type = "0", ...fields }: RawEntry): Buffer {
  const header = Buffer.alloc(512);
  const put = (text: string | Uint8Array, offset: number): void => {
    header.set(typeof text === "string" ? Buffer.from(text) : text, offset);
  };
  put(name, 0);
  put("0000644\0", 100);
  put("0000000\0", 108);
  put("0000000\0", 116);
  put(fields.size ?? `${bytes.length.toString(8).padStart(11, "0")}\0`, 124);
  put("00000000000\0", 136);
  put("        ", 148);
  put(type, 156);
  put(fields.linkName ?? "", 157);
  put(fields.magic ?? "ustar\x0000", 257);
  put(fields.prefix ?? "", 345);
  put(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, "0")}\0 `,
    148,
  );
  fields.spoil?.(header);
  return Buffer.concat([header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

/** A pax header with records as they stand there. */
function pax(...records: readonly string[]): RawEntry {
  return { name: "pax", type: "x", bytes: Buffer.from(records.join("")) };
}

/** A record of a pax header, with its length before it. */
function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const guess = Buffer.byteLength(rest) + 2;
  const length = String(guess).length === 2 ? guess : Buffer.byteLength(rest) + String(guess + 1).length;
  return `${length}${rest}`;
}

function good(): LayoutInMemory {
  const layout = createLayout();
  layout.addArtifact("ghcr.io/acme/hello:1.0", [smallComponent, "application/wasm"]);
  return layout;
}

function entriesOf({ files }: LayoutInMemory): readonly RawEntry[] {
  return [...files].map(([name, bytes]) => ({ name, bytes }));
}

const layoutEntries = entriesOf(good());
const archive = rawTar(layoutEntries);
const file = (name: string | Uint8Array, more: Partial<RawEntry> = {}): RawEntry => ({
  name,
  bytes: Buffer.from("evil"),
  ...more,
});
const withEntries = (...more: readonly RawEntry[]): Buffer => rawTar([...layoutEntries, ...more]);

const outside = [
  "../evil",
  "../../../../../../tmp/evil",
  "blobs/../../evil",
  "blobs/sha256/../../../evil",
  "./../evil",
  "a/..",
  "..",
  "..\\evil",
  "a\\..\\evil",
  "/evil",
  "/tmp/evil",
  "//evil",
  "C:\\evil",
  "C:/evil",
  "c:evil",
  "a//evil",
  "a/./evil",
  ".",
  "./",
  "evil/",
  "e\nvil",
  "e\u001b[31mvil",
  "e\u0085vil",
] as const;

const types = [
  "1",
  "2",
  "3",
  "4",
  "6",
  "7",
  "S",
  "L",
  "K",
  "g",
  "A",
  "D",
  "M",
  "N",
  "V",
  "X",
  "Z",
  " ",
] as const;

const sizes: Readonly<Record<string, string | Uint8Array>> = {
  "more than there is": "77777777777\0",
  "less than there is": "00000000001\0",
  "no number": "zzzzzzzzzzz\0",
  "a decimal number": "00000000009\0",
  negative: "-0000000001\0",
  "nothing at all": new Uint8Array(12),
  "negative in 256s": new Uint8Array(12).fill(0xff),
  "more than 2^53 in 256s": Uint8Array.from([0x80, 0, 0, 0, 0x7f, 255, 255, 255, 255, 255, 255, 255]),
  hexadecimal: "0x000000010\0",
};

const paxHeaders: Readonly<Record<string, readonly RawEntry[]>> = {
  "a path that leads out": [pax(record("path", "../evil")), file("good")],
  "an absolute path": [pax(record("path", "/tmp/evil")), file("good")],
  "a path with a NUL": [pax(record("path", "good\0evil")), file("good")],
  "an empty path": [pax(record("path", "")), file("good")],
  "a path of 300 characters": [pax(record("path", "a/".repeat(149) + "ab")), file("good")],
  "a path that is there already": [pax(record("path", "index.json")), file("good")],
  "a size that is larger": [pax(record("size", "999999999999")), file("good")],
  "a size that is smaller": [pax(record("size", "1")), { name: "good", bytes: Buffer.alloc(600, 1) }],
  "a negative size": [pax(record("size", "-1")), file("good")],
  "a size that is no number": [pax(record("size", "1e3")), file("good")],
  "a link": [pax(record("linkpath", "/etc/passwd")), file("good")],
  "a sparse map": [pax(record("GNU.sparse.major", "1"), record("GNU.sparse.minor", "0")), file("good")],
  "a sparse name": [pax(record("GNU.sparse.name", "../evil")), file("good")],
  "a sparse size": [pax(record("GNU.sparse.realsize", "1099511627776")), file("good")],
  "one thing twice": [pax(record("path", "good"), record("path", "../evil")), file("good")],
  "a length that is too large": [pax("99 path=good\n"), file("good")],
  "a length that is too small": [pax("5 path=good\n"), file("good")],
  "a length of 0": [pax("0 path=good\n"), file("good")],
  "no length": [pax("path=good\n"), file("good")],
  "no end of line": [pax("12 path=good "), file("good")],
  "no equals sign": [pax("10 pathxx\n"), file("good")],
  "no key": [pax("8 =good\n"), file("good")],
  "another pax header after it": [pax(record("mtime", "1")), pax(record("path", "../evil")), file("good")],
  "nothing after it": [pax(record("path", "good"))],
  "more than 64 KiB": [pax(record("comment", "x".repeat(70_000))), file("good")],
};

const archives: Readonly<Record<string, () => Uint8Array>> = {
  "no bytes": () => new Uint8Array(0),
  "one byte": () => new Uint8Array(1),
  "only zeros": () => new Uint8Array(10_240),
  "some text": () => Buffer.from("not an archive ".repeat(100)),
  "a zip": () => Buffer.concat([Buffer.from("PK\u0003\u0004"), Buffer.alloc(2000, 7)]),
  "a WebAssembly file": () => smallComponent,
  "no end": () => rawTar(layoutEntries, new Uint8Array(0)),
  "one block of zeros at the end": () => rawTar(layoutEntries, new Uint8Array(512)),
  "a block after one of zeros": () =>
    Buffer.concat([rawTar(layoutEntries, new Uint8Array(512)), rawTar([file("evil")])]),
  "another archive after the end": () => Buffer.concat([archive, rawTar([file("evil")])]),
  "a byte after the end": () => Buffer.concat([archive, Buffer.from("!")]),
  "2 MiB of zeros after the end": () => Buffer.concat([archive, Buffer.alloc(2 * 1024 * 1024)]),
  "a gzip that is cut off": () => gzipSync(archive).subarray(0, -9),
  "a gzip without its checksum": () => gzipSync(archive).subarray(0, -8),
  "a gzip with a wrong checksum": () => {
    const bytes = gzipSync(archive);
    bytes.writeUInt32LE(0, bytes.length - 8);
    return bytes;
  },
  "a gzip with text after it": () => Buffer.concat([gzipSync(archive), Buffer.from("evil")]),
  "a gzip with zeros after it": () => Buffer.concat([gzipSync(archive), Buffer.alloc(100)]),
  "a gzip in a gzip": () => gzipSync(gzipSync(archive)),
  "a gzip of an archive with something after its end": () =>
    gzipSync(Buffer.concat([archive, Buffer.from("!")])),
  "a gzip that is a bomb of zeros": () => gzipSync(Buffer.alloc(100 * 1024 * 1024)),
  "a gzip with a blob that is a bomb": () =>
    gzipSync(withEntries({ name: "blobs/sha256/".padEnd(77, "a"), bytes: Buffer.alloc(100 * 1024 * 1024) })),
  "a zstd that is none": () => Buffer.concat([Buffer.from("28b52ffd", "hex"), Buffer.alloc(100, 0xff)]),
  "more entries than allowed": () => rawTar(Array.from({ length: 65_537 }, (_, i) => ({ name: `f${i}` }))),
  "a header of Unix V7": () => withEntries(file("evil", { magic: "" })),
  "a header of another version": () => withEntries(file("evil", { magic: "ustar\x0001" })),
  "a wrong checksum": () => withEntries(file("evil", { spoil: (header) => header.write("000000\0 ", 148) })),
  "no checksum": () => withEntries(file("evil", { spoil: (header) => header.fill(0, 148, 156) })),
  "a name that was changed": () => withEntries(file("evil", { spoil: (header) => header.write("x", 0) })),
  "a name that goes on after a NUL": () => withEntries(file("good\0evil")),
  "a name that is no UTF-8": () => withEntries(file(Buffer.from([0x65, 0xff, 0xfe]))),
  "no name": () => withEntries(file("")),
  "a prefix that leads out": () => withEntries(file("evil", { prefix: "../.." })),
  "a prefix that is absolute": () => withEntries(file("evil", { prefix: "/tmp" })),
  "a folder that has bytes": () => withEntries(file("folder/", { type: "5" })),
  "a folder that leads out": () => withEntries({ name: "../folder/", type: "5" }),
  "a link, and a file below it": () =>
    rawTar([{ name: "blobs", type: "2", linkName: "/tmp" }, ...layoutEntries]),
  "a hard link to a file outside": () =>
    withEntries({ name: "evil", type: "1", linkName: "../../etc/passwd" }),
  "the marker twice": () => withEntries(...layoutEntries.slice(0, 1)),
  "the index twice": () => withEntries(...layoutEntries.slice(1, 2)),
  "a blob twice": () => withEntries(...layoutEntries.slice(2, 3)),
  "a file twice, once with ./ before it": () => withEntries(file("./index.json")),
  "a file that is a folder too": () => withEntries({ name: "blobs", bytes: Buffer.from("evil") }),
  "a folder that is a file too": () => withEntries({ name: "index.json/", type: "5" }),
  "a file in a file": () => withEntries(file("index.json/evil")),
};

/** Every blob whose bytes hold `text`. */
function blobWith({ files }: LayoutInMemory, text: string): string {
  const found = [...files].find(
    ([name, bytes]) => name !== "index.json" && Buffer.from(bytes).includes(text),
  );
  return found?.[0] ?? "";
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const manifestType = "application/vnd.oci.image.manifest.v1+json";
const indexType = "application/vnd.oci.image.index.v1+json";
const digestOf = (name: string): string => `sha256:${name.slice(-64)}`;

/** Lists one manifest in the index, in place of what is there. */
function relist({ files }: LayoutInMemory, descriptor: object): void {
  files.set("index.json", json({ schemaVersion: 2, manifests: [descriptor] }));
}

const layouts: Readonly<Record<string, (layout: LayoutInMemory) => void>> = {
  "no marker": ({ files }) => void files.delete("oci-layout"),
  "a marker of another version": ({ files }) =>
    void files.set("oci-layout", json({ imageLayoutVersion: "9" })),
  "a marker without a version": ({ files }) => void files.set("oci-layout", json({})),
  "a marker of 1 MiB": ({ files }) => void files.set("oci-layout", Buffer.alloc(1024 * 1024, " ")),
  "no index": ({ files }) => void files.delete("index.json"),
  "an index that is no JSON": ({ files }) => void files.set("index.json", Buffer.from("{")),
  "an index that is a list": ({ files }) => void files.set("index.json", json([])),
  "an index that is a manifest": ({ files }) =>
    void files.set("index.json", json({ schemaVersion: 2, layers: [] })),
  "an index of 5 MiB": ({ files }) => void files.set("index.json", Buffer.alloc(5 * 1024 * 1024, " ")),
  "an index with 1025 entries": (layout) => {
    const name = blobWith(layout, "layers");
    const entry = { mediaType: manifestType, digest: digestOf(name), size: layout.files.get(name)?.length };
    layout.files.set(
      "index.json",
      json({ schemaVersion: 2, manifests: Array.from({ length: 1025 }, () => entry) }),
    );
  },
  "a digest that leads out": (layout) =>
    relist(layout, { mediaType: manifestType, digest: "sha256:../../../evil", size: 1 }),
  "a digest of another algorithm": (layout) =>
    relist(layout, { mediaType: manifestType, digest: `sha512:${"a".repeat(128)}`, size: 1 }),
  "a manifest that is not there": (layout) => void layout.files.delete(blobWith(layout, "layers")),
  "a config that is not there": (layout) => void layout.files.delete(blobWith(layout, "{}")),
  "a layer that is not there": (layout) => void layout.files.delete(blobWith(layout, "\0asm")),
  "a manifest that was changed": (layout) => change(layout, "layers"),
  "a config that was changed": (layout) => change(layout, "{}"),
  "a layer that was changed": (layout) => change(layout, "\0asm"),
  "a blob that nobody needs and is not its digest": ({ files }) =>
    void files.set(`blobs/sha256/${"a".repeat(64)}`, Buffer.from("evil")),
  "a digest in capitals": (layout) => {
    const name = blobWith(layout, "\0asm");
    layout.files.set(`blobs/sha256/${name.slice(-64).toUpperCase()}`, layout.files.get(name)!);
    layout.files.delete(name);
  },
  "a manifest that is said to be longer": (layout) => listWith(layout, { size: 9999 }),
  "a manifest that is said to be empty": (layout) => listWith(layout, { size: 0 }),
  "a manifest that is said to be an index": (layout) => listWith(layout, { mediaType: indexType }),
  "a layer that is listed as a manifest": (layout) => {
    const name = blobWith(layout, "\0asm");
    relist(layout, { mediaType: manifestType, digest: digestOf(name), size: layout.files.get(name)?.length });
  },
  "a layer that is said to be longer": (layout) =>
    manifestWith(layout, (layer) => ({ ...layer, size: Number(layer["size"]) + 1 })),
  "a layer that is said to be shorter": (layout) => manifestWith(layout, (layer) => ({ ...layer, size: 1 })),
  "a layer with a negative size": (layout) => manifestWith(layout, (layer) => ({ ...layer, size: -1 })),
  "a layer without a digest": (layout) => manifestWith(layout, (layer) => ({ ...layer, digest: undefined })),
  "a manifest with the keys of an index": (layout) => {
    layout.list(layout.addBlob(json({ schemaVersion: 2, layers: [], manifests: [] }), manifestType));
  },
  "a manifest of 5 MiB": (layout) =>
    layout.list(layout.addBlob(Buffer.alloc(5 * 1024 * 1024, " "), manifestType)),
  "indexes that nest too deep": (layout) => {
    let inner: object = layout.addArtifact(undefined, [smallComponent, "application/wasm"]);
    for (let depth = 0; depth < 6; depth++) {
      inner = layout.addBlob(json({ schemaVersion: 2, mediaType: indexType, manifests: [inner] }), indexType);
    }
    layout.list(inner);
  },
  "an index below whose manifest is not there": (layout) => {
    const missing = { mediaType: manifestType, digest: `sha256:${"b".repeat(64)}`, size: 5 };
    layout.list(
      layout.addBlob(json({ schemaVersion: 2, mediaType: indexType, manifests: [missing] }), indexType),
    );
  },
};

function change(layout: LayoutInMemory, text: string): void {
  const name = blobWith(layout, text);
  const bytes = Buffer.from(layout.files.get(name) ?? []);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  layout.files.set(name, bytes);
}

function listWith(layout: LayoutInMemory, lie: object): void {
  const name = blobWith(layout, "layers");
  relist(layout, {
    mediaType: manifestType,
    digest: digestOf(name),
    size: layout.files.get(name)?.length,
    ...lie,
  });
}

/** Lists a manifest whose layer lies. */
function manifestWith(
  layout: LayoutInMemory,
  lie: (layer: Readonly<Record<string, unknown>>) => object,
): void {
  const config = layout.addBlob(Buffer.from("{}"), "application/vnd.oci.empty.v1+json");
  const layer = layout.addBlob(smallComponent, "application/wasm");
  const manifest = { schemaVersion: 2, mediaType: manifestType, config, layers: [lie({ ...layer })] };
  layout.list(layout.addBlob(json(manifest), manifestType));
}

/** Archives that must be refused, each with what is wrong with it; a few for each way to cut one off. */
export const hostileArchives: readonly (readonly [title: string, make: () => Uint8Array])[] = [
  ...outside.map((name) => [`a file called ${JSON.stringify(name)}`, () => withEntries(file(name))] as const),
  ...types.map(
    (type) =>
      [
        `an entry of type ${JSON.stringify(type)}`,
        () => withEntries({ name: "evil", type, linkName: "/etc/passwd" }),
      ] as const,
  ),
  ...Object.entries(sizes).map(
    ([title, size]) =>
      [
        `a size that is ${title}`,
        () => withEntries({ name: "evil", bytes: Buffer.alloc(700, 1), size }),
      ] as const,
  ),
  ...Object.entries(paxHeaders).map(
    ([title, entries]) => [`a pax header with ${title}`, () => withEntries(...entries)] as const,
  ),
  ...Object.entries(archives),
  ...Object.entries(layouts).map(([title, spoil]) => {
    const make = (): Uint8Array => {
      const layout = good();
      spoil(layout);
      return rawTar(entriesOf(layout));
    };
    return [title, make] as const;
  }),
  ...[1, 511, 512, 700, 1024, 2048, archive.length - 1025, archive.length - 512, archive.length - 1].map(
    (length) => [`an archive of which ${length} bytes came`, () => archive.subarray(0, length)] as const,
  ),
];

/** The archive that all of them were made of, which is good. */
export const goodArchive: Uint8Array = archive;
