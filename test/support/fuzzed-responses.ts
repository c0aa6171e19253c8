/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** What a server may write in answer to one request, cut as it may arrive. */
export interface FuzzedResponse {
  readonly method: "GET" | "HEAD";
  readonly pieces: readonly Buffer[];
}

/** A response that is well-formed, nearly so, or not at all. */
export function fuzzedResponse(random: () => number): FuzzedResponse {
  const fuzz = new Fuzz(random);
  const mutations = fuzz.chance(0.4) ? 1 + fuzz.below(3) : 0;
  let bytes: Buffer = Buffer.from(fuzz.response(), "latin1");
  for (let i = 0; i < mutations; i++) bytes = fuzz.mutated(bytes);
  if (fuzz.chance(0.1)) bytes = bytes.subarray(0, fuzz.below(bytes.length + 1));
  return { method: fuzz.chance(0.1) ? "HEAD" : "GET", pieces: fuzz.cut(bytes) };
}

const usualStatusLines = [
  "HTTP/1.1 200 OK",
  "HTTP/1.1 200 ",
  "HTTP/1.1 404 Not Found",
  "HTTP/1.1 206 Partial Content",
  "HTTP/1.1 500 \xe4h",
];
const oddStatusLines = [
  "HTTP/1.1 200",
  "HTTP/1.0 200 OK",
  "HTTP/1.1 204 No Content",
  "HTTP/1.1 304 Not Modified",
  "HTTP/1.1 101 Switching Protocols",
  "HTTP/1.1 99 Low",
  "HTTP/1.1 099 Low",
  "HTTP/1.1 999 High",
  "HTTP/1.1 1000 Higher",
  "HTTP/1.1  200 OK",
  "HTTP/1.1\t200 OK",
  "HTTP/1.1 200\tOK",
  "HTTP/1.1 200OK",
  "HTTP/1.2 200 OK",
  "HTTP/0.9 200 OK",
  "HTTP/2.0 200 OK",
  "HTTP/11 200 OK",
  "http/1.1 200 OK",
  "ICY 200 OK",
  " HTTP/1.1 200 OK",
  "\r\nHTTP/1.1 200 OK",
  "",
];
const usualFields = [
  "Content-Type: text/plain",
  "Server: x",
  'Etag: "a"',
  "X-A:b",
  "X-Empty:",
  "X-Tab:\tq\t",
  "Date: now",
];
const oddFields = [
  "Connection: close",
  "Connection: keep-alive",
  "Connection: upgrade",
  "Upgrade: h2c",
  "X-Long: " + "y".repeat(3000),
  "X-Folded: a\r\n b",
  "X-Folded: a\r\n\tb",
  " X-Led: a",
  "X-Space : a",
  "X-Tab\t: a",
  "X Space: a",
  "X-None",
  ": nameless",
  "X-Nul: a\0b",
  "X-Bell: a\x07b",
  "X-Del: a\x7fb",
  "X-High: \xff\xfe",
  "X-H\xe4: a",
  "X-Cr: a\rb",
  "(X): a",
  "X;Y: a",
  "Trailer: X-T",
  "Content-Length : 3",
  "Transfer-Encoding : chunked",
];
const lengths = [
  "+#",
  " #",
  "# ",
  "0#",
  "0x#",
  "#,#",
  "#, #",
  "",
  "-1",
  "#a",
  "#.0",
  "9007199254740993",
  "18446744073709551616",
  "\t#\t",
  "1#",
];
const codings = [
  "chunked ",
  "Chunked",
  "\tchunked",
  "gzip, chunked",
  "chunked, gzip",
  "chunked, chunked",
  "identity",
  "xchunked",
  "chunkedx",
  "",
  "chunked;q=1",
  '"chunked"',
];
const lineEnds = ["\n", "\r", "\r\r\n", "\n\r", "", " \r\n", "\r\n "];
const extensions = [
  ";a",
  ";a=b",
  ';a="b c"',
  ';a="b;c"',
  ";",
  "; a",
  " ;a",
  ";a =b",
  ";a=",
  ";=b",
  ";a\0",
  ';a="b',
  ';a="\\""',
  ` ${"x".repeat(9)}`,
  `;${"e".repeat(20_000)}`,
];
const interims = [
  "HTTP/1.1 100 Continue\r\n\r\n",
  "HTTP/1.1 102 Processing\r\nX-A: b\r\n\r\n",
  "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
  "HTTP/1.1 100 Continue\r\nContent-Length: 3\r\n\r\n",
  "HTTP/1.1 199 Odd\r\nTransfer-Encoding: chunked\r\n\r\n",
];
const spice = "\r\n\0 :;,\t\x7f\x80\xff\"'0a5-_(/\\".split("");

class Fuzz {
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  response(): string {
    // Each response gets its own taste for oddity: many are almost right, which is where parsers differ.
    const oddity = this.chance(0.35) ? 0 : this.#random() * 0.12;
    const end = (): string => (this.chance(oddity / 6) ? this.#pick(lineEnds) : "\r\n");
    const payload = this.#payload();
    let text = "";
    while (this.chance(0.08)) text += this.#pick(interims);
    text += this.#either(oddity, usualStatusLines, oddStatusLines) + end();
    const fields = Array.from({ length: this.below(5) }, () => this.#either(oddity, usualFields, oddFields));
    const framing = this.#framing(oddity, payload);
    fields.splice(this.below(fields.length + 1), 0, ...framing.fields);
    for (const field of fields) text += field + end();
    return (
      text +
      end() +
      framing.body(end) +
      (this.chance(oddity / 2) ? this.#pick(["x", "\r\n", "HTTP/1.1 200 OK\r\n\r\n"]) : "")
    );
  }

  mutated(bytes: Buffer): Buffer {
    const at = this.below(bytes.length + 1);
    const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
    const kind = this.below(5);
    if (kind === 0) return Buffer.concat([before, Buffer.from(this.#pick(spice), "latin1"), after]);
    if (kind === 1)
      return Buffer.concat([before, Buffer.from(this.#pick(spice), "latin1"), after.subarray(1)]);
    if (kind === 2) return Buffer.concat([before, after.subarray(1 + this.below(3))]);
    if (kind === 3) return Buffer.concat([before, after.subarray(0, 1 + this.below(40)), after]);
    const flipped = Buffer.from(bytes);
    if (at < flipped.length) flipped[at] = (flipped[at] ?? 0) ^ (1 << this.below(8));
    return flipped;
  }

  cut(bytes: Buffer): readonly Buffer[] {
    const places = Array.from({ length: this.below(7) }, () => this.below(bytes.length + 1));
    const bounds = [0, ...places.toSorted((a, b) => a - b), bytes.length];
    const pieces = bounds.slice(1).map((end, index) => bytes.subarray(bounds[index], end));
    return pieces.filter((piece) => piece.length > 0);
  }

  #framing(oddity: number, payload: string): { fields: string[]; body: (end: () => string) => string } {
    const kind = this.below(10);
    const plain = (): string => payload;
    if (kind === 0) return { fields: [], body: plain };
    const value = (odd: readonly string[], usual: string): string =>
      this.chance(oddity) ? this.#pick(odd).replaceAll("#", usual) : usual;
    const length = (): string =>
      `${this.#pick(["Content-Length", "content-length"])}: ${value(lengths, String(payload.length))}`;
    if (kind < 5) {
      const fields = [length()];
      if (this.chance(oddity))
        fields.push(this.#pick([length(), "Content-Length: 1", "Transfer-Encoding: chunked"]));
      return { fields, body: plain };
    }
    const fields = [`Transfer-Encoding: ${value(codings, "chunked")}`];
    if (this.chance(oddity)) fields.push(this.#pick([length(), "Transfer-Encoding: chunked"]));
    return { fields, body: (end) => this.#chunked(oddity, payload, end) };
  }

  #chunked(oddity: number, payload: string, end: () => string): string {
    let text = "";
    for (let at = 0; at < payload.length;) {
      const chunk = payload.slice(at, at + 1 + this.below(120));
      text += this.#size(oddity, chunk.length) + end() + chunk + end();
      at += chunk.length;
    }
    text += this.#size(oddity, 0) + end();
    while (this.chance(0.1))
      text += this.#either(oddity, usualFields, [...oddFields, "Content-Length: 3"]) + end();
    return text + end();
  }

  #size(oddity: number, length: number): string {
    const hex = length.toString(16);
    const extension = this.chance(0.06 + oddity)
      ? this.#either(oddity * 3, extensions.slice(0, 3), extensions)
      : "";
    if (!this.chance(oddity / 2)) return (this.chance(0.2) ? hex.toUpperCase() : hex) + extension;
    return (
      this.#pick([
        `0${hex}`,
        `0x${hex}`,
        ` ${hex}`,
        `${hex} `,
        `-${hex}`,
        `+${hex}`,
        "",
        `${hex}g`,
        "fffffffffffffffff",
        `${"0".repeat(30)}${hex}`,
        `1${hex}`,
      ]) + extension
    );
  }

  #payload(): string {
    const bytes = Buffer.from(
      Array.from({ length: this.below(this.chance(0.1) ? 400 : 60) }, () => this.below(256)),
    );
    return bytes.toString("latin1");
  }

  #either(oddity: number, usual: readonly string[], odd: readonly string[]): string {
    return this.#pick(this.chance(oddity) ? odd : usual);
  }

  #pick(choices: readonly string[]): string {
    return choices[this.below(choices.length)] ?? "";
  }
}
