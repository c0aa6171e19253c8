import { expect, test } from "vitest";
import { isLocalHost, isLoopbackHost } from "./loopback.ts";

const loopback = [
  "localhost",
  "LOCALHOST",
  "localhost.",
  "127.0.0.1",
  "127.0.0.1.",
  "127.1",
  "127.255.255.254",
  "0x7f000001",
  "2130706433",
  "0177.0.0.1",
  "[::1]",
  "[0:0:0:0:0:0:0:1]",
  "[::ffff:127.0.0.1]",
  "[::ffff:7fff:1]",
];
const local = [
  "a.localhost",
  "a.b.localhost.",
  "0.0.0.0",
  "0",
  "[::]",
  "[::ffff:0.0.0.0]",
  "169.254.169.254",
  "[::ffff:169.254.1.1]",
  "[fe80::1]",
  "[febf::1]",
];
const elsewhere = [
  "example.com",
  "localhost.example.com",
  "notlocalhost",
  "127.0.0.1.example.com",
  "128.0.0.1",
  "126.0.0.1",
  "10.0.0.1",
  "169.253.0.1",
  "192.168.1.1",
  "[::2]",
  "[fec0::1]",
  "[fe7f::1]",
  "[::ffff:8.8.8.8]",
  "[2001:db8::7f00:1]",
];

test.for(loopback)("%s is loopback", (host) => {
  expect(isLoopbackHost(hostname(host))).toBe(true);
  expect(isLocalHost(hostname(host))).toBe(true);
});

test.for(local)("%s is local, but not loopback", (host) => {
  expect(isLoopbackHost(hostname(host))).toBe(false);
  expect(isLocalHost(hostname(host))).toBe(true);
});

test.for(elsewhere)("%s is neither", (host) => {
  expect(isLoopbackHost(hostname(host))).toBe(false);
  expect(isLocalHost(hostname(host))).toBe(false);
});

function hostname(host: string): string {
  return new URL(`http://${host}/`).hostname;
}
