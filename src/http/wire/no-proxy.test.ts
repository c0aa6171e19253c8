import { assert, property, string, webUrl } from "fast-check";
import { describe, expect, test } from "vitest";
import { createProxyChooser } from "./choose-proxy.ts";
import { parseNoProxy } from "./no-proxy.ts";

type Case = readonly [list: string, url: string, isDirect: boolean];

const names: readonly Case[] = [
  ["", "https://example.com", false],
  ["example.com", "https://example.com", true],
  ["example.com", "http://example.com", true],
  ["example.com", "https://www.example.com", true],
  ["example.com", "https://a.b.example.com", true],
  ["example.com", "https://example.com.", true],
  ["example.com.", "https://example.com", true],
  ["EXAMPLE.com", "https://example.COM", true],
  ["example.com", "https://badexample.com", false],
  ["example.com", "https://example.com.evil.org", false],
  ["example.com", "https://example.org", false],
  ["example.com", "https://com", false],
  ["com", "https://example.com", true],
  [".example.com", "https://www.example.com", true],
  [".example.com", "https://example.com", true],
  [".example.com", "https://badexample.com", false],
  ["*.example.com", "https://www.example.com", true],
  ["*.example.com", "https://example.com", false],
  ["*.example.com", "https://badexample.com", false],
  ["*", "https://example.com", true],
  ["*", "http://10.0.0.1", true],
  ["a,*", "https://example.com", true],
  ["exam*.com", "https://example.com", false],
  ["registry", "http://registry:5000", true],
  ["registry", "http://registry.local:5000", false],
  ["xn--bcher-kva.example", "https://bücher.example", true],
];
const ports: readonly Case[] = [
  ["example.com:443", "https://example.com", true],
  ["example.com:80", "https://example.com", false],
  ["example.com:80", "http://example.com", true],
  ["example.com:5000", "https://example.com:5000", true],
  ["example.com:5000", "https://www.example.com:5000", true],
  ["example.com:5000", "https://example.com", false],
  ["example.com", "https://example.com:5000", true],
  [".example.com:5000", "https://www.example.com:5000", true],
  ["example.com:05000", "https://example.com:5000", true],
  ["example.com:https", "https://example.com", false],
  ["10.0.0.1:5000", "http://10.0.0.1:5000", true],
  ["10.0.0.1:5000", "http://10.0.0.1", false],
  ["[fd00::1]:5000", "http://[fd00::1]:5000", true],
  ["[fd00::1]:5000", "http://[fd00::1]", false],
];
const lists: readonly Case[] = [
  ["a.com,b.com", "https://b.com", true],
  ["a.com, b.com", "https://b.com", true],
  ["a.com b.com", "https://b.com", true],
  ["\ta.com ,\n b.com ", "https://b.com", true],
  [",,a.com,,", "https://a.com", true],
  [",", "https://a.com", false],
];
const addresses: readonly Case[] = [
  ["10.0.0.1", "http://10.0.0.1", true],
  ["10.0.0.1", "http://10.0.0.10", false],
  ["0.0.1", "http://10.0.0.1", false],
  [".0.0.1", "http://10.0.0.1", false],
  ["1", "http://10.0.0.1", false],
  ["10.0.0.0/8", "http://10.255.0.1", true],
  ["10.0.0.0/8", "http://11.0.0.1", false],
  ["10.0.0.0/8", "https://10.example.com", false],
  ["10.1.2.3/8", "http://10.9.9.9", true],
  ["192.168.1.0/28", "http://192.168.1.15", true],
  ["192.168.1.0/28", "http://192.168.1.16", false],
  ["0.0.0.0/0", "http://1.2.3.4", true],
  ["0.0.0.0/0", "https://example.com", false],
  ["10.0.0.0/33", "http://10.0.0.1", false],
  ["10.0.0.0/", "http://10.0.0.1", false],
  ["10.0.0.0/x", "http://10.0.0.1", false],
  ["300.0.0.0/8", "http://10.0.0.1", false],
  ["10.0.0.1", "http://0xa000001", true],
  ["10.0.0.1", "http://[::ffff:10.0.0.1]", true],
  ["10.0.0.0/8", "http://[::ffff:a00:1]", true],
  ["fd00::1", "http://[fd00::1]", true],
  ["[fd00::1]", "http://[fd00::1]:5000", true],
  ["FD00:0::1", "http://[fd00::1]", true],
  ["fd00::/8", "http://[fd12::7]", true],
  ["[fd00::]/8", "http://[fd12::7]", true],
  ["fd00::/8", "http://[fe80::1]", false],
  ["fd00::/129", "http://[fd12::7]", false],
  ["::/0", "http://[2001:db8::1]", true],
  ["fd00::1", "https://example.com", false],
];

describe.each([
  ["names", names],
  ["ports", ports],
  ["lists", lists],
  ["addresses and networks", addresses],
])("%s", (_title, cases) => {
  test.each(cases)("%j lets %s go directly: %s", (list, url, isDirect) => {
    expect(parseNoProxy(list)(new URL(url))).toBe(isDirect);
  });
});

test("any list can be read, and never takes long", () => {
  assert(
    property(string({ unit: "binary", maxLength: 300 }), webUrl(), (list, url) => {
      expect(parseNoProxy(list)(new URL(url))).toBeTypeOf("boolean");
    }),
    { numRuns: 2000 },
  );
  const hostile = ["a.".repeat(20_000), ":".repeat(40_000), "[".repeat(40_000), "1/".repeat(20_000)];
  for (const list of hostile) expect(parseNoProxy(list)(new URL("https://example.com"))).toBe(false);
});

const proxies = { http: { text: "plain", source: "P" }, https: { text: "secure:3128", source: "S" } };

test.each([
  ["http://example.com", "http://plain"],
  ["https://example.com", "http://secure:3128"],
  ["https://10.0.0.1", "http://secure:3128"],
  ["https://localhost.example.com", "http://secure:3128"],
  ["http://localhost", undefined],
  ["https://LOCALHOST:5000", undefined],
  ["http://localhost.", undefined],
  ["http://127.0.0.1:5000", undefined],
  ["http://127.9.9.9", undefined],
  ["http://[::1]:5000", undefined],
  ["http://[::ffff:127.0.0.1]", undefined],
])("the proxy for %s is %s", async (url, expected) => {
  const { proxy } = await createProxyChooser(proxies)(new URL(url));
  expect(proxy?.url.origin).toBe(expected);
});
