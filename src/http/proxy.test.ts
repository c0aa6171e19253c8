import { describe, expect, test } from "vitest";
import { thrownBy } from "../../test/support/thrown.ts";
import { parseProxy } from "./proxy.ts";

const source = "HTTPS_PROXY";

test.each([
  ["proxy", "http://proxy"],
  ["proxy:3128", "http://proxy:3128"],
  ["10.0.0.1:3128", "http://10.0.0.1:3128"],
  ["[fd00::1]:3128", "http://[fd00::1]:3128"],
  ["http://proxy:80/", "http://proxy"],
  ["HTTP://Proxy:3128/path?query", "http://proxy:3128"],
  ["https://proxy", "https://proxy"],
  ["https://proxy:8443", "https://proxy:8443"],
])("%s is %s", (text, origin) => {
  const proxy = parseProxy({ text, source });
  expect(proxy.url.origin).toBe(origin);
  expect(proxy.authorization).toBeUndefined();
});

test.each([
  ["http://user:pass@proxy", "user:pass"],
  ["user:pass@proxy:3128", "user:pass"],
  ["http://user@proxy", "user:"],
  ["http://:pass@proxy", ":pass"],
  ["http://us%40er:p%3Ass%25%2F@proxy", "us@er:p:ss%/"],
  ["http://us%C3%A9r:p%E2%82%AC@proxy", "usér:p€"],
  ["http://user:100%@proxy", "user:100%"],
])("the login of %s is %s", (text, login) => {
  const proxy = parseProxy({ text, source });
  expect(proxy.authorization?.()).toBe(`Basic ${Buffer.from(login).toString("base64")}`);
  expect(proxy.url.href).not.toContain("@");
  expect(JSON.stringify(proxy)).not.toContain("pass");
});

describe("what is no proxy is refused, and not shown", () => {
  test.each([
    ["socks5://user:canary@proxy:1080", "is a SOCKS proxy, which is not supported"],
    ["SOCKS5H://proxy", "is a SOCKS proxy, which is not supported"],
    ["socks4a://proxy", "is a SOCKS proxy, which is not supported"],
    ["ftp://canary@proxy", "is no address of a proxy"],
    ["http://", "is no address of a proxy"],
    ["http://user:canary#1@proxy:3128", "is no address of a proxy"],
    ["http://user:canary@proxy:99999", "is no address of a proxy"],
    ["http://us%3Aer:canary@proxy", "has a login that cannot be sent"],
    ["http://user:canary%0d%0ax@proxy", "has a login that cannot be sent"],
  ])("%s", (text, reason) => {
    const error = thrownBy(() => parseProxy({ text, source }));
    expect(error).toMatchObject({ code: "INVALID_CONFIG", message: `the value of HTTPS_PROXY ${reason}` });
    expect(JSON.stringify([error.message, error.hint, error.details])).not.toContain("canary");
  });
});
