import { expect, test } from "vitest";
import { cacheRoot } from "./cache-root.ts";

const everything = {
  XDG_CACHE_HOME: "/xdg",
  HOME: "/home/ada",
  LOCALAPPDATA: "C:\\Users\\ada\\AppData\\Local",
  GREENTIC_HOME: "/greentic",
};

test.each(["linux", "darwin", "win32"] as const)(
  "on %s the variable that names a root counts first",
  (platform) => {
    const env = { ...everything, GREENTIC_DIST_CACHE_DIR: "/own" };
    expect(cacheRoot("components", env, platform)).toBe("/own");
  },
);

const onLinux = (env: Record<string, string>): string => cacheRoot("components", env, "linux");

test("on Linux it lies in XDG_CACHE_HOME, else in ~/.cache, else below GREENTIC_HOME, else here", () => {
  const { HOME, GREENTIC_HOME } = everything;
  expect(onLinux(everything)).toBe("/xdg/greentic/components");
  expect(onLinux({ XDG_CACHE_HOME: "relative", HOME })).toBe("/home/ada/.cache/greentic/components");
  expect(onLinux({ XDG_CACHE_HOME: "", HOME })).toBe("/home/ada/.cache/greentic/components");
  expect(onLinux({ GREENTIC_HOME })).toBe("/greentic/cache/components");
  expect(onLinux({})).toBe(".greentic/cache/components");
});

test("on macOS it lies in ~/Library/Caches, whatever XDG says", () => {
  expect(cacheRoot("components", everything, "darwin")).toBe("/home/ada/Library/Caches/greentic/components");
  expect(cacheRoot("components", {}, "darwin")).toBe(".greentic/cache/components");
});

test("on Windows it lies in LOCALAPPDATA", () => {
  const root = "C:\\Users\\ada\\AppData\\Local\\greentic\\components";
  expect(cacheRoot("components", everything, "win32")).toBe(root);
  expect(cacheRoot("components", { HOME: "/home/ada" }, "win32")).toBe(".greentic\\cache\\components");
});

test("packs have a variable of their own; blobs lie in the folder that holds components", () => {
  const env = { HOME: "/home/ada", GREENTIC_DIST_CACHE_DIR: "/own", GREENTIC_PACK_CACHE_DIR: "/packs" };
  expect(cacheRoot("packs", env, "linux")).toBe("/packs");
  expect(cacheRoot("digests", env, "linux")).toBe("/own/digests");
  expect(cacheRoot("packs", { HOME: "/home/ada" }, "linux")).toBe("/home/ada/.cache/greentic/packs");
  expect(cacheRoot("digests", { HOME: "/home/ada" }, "linux")).toBe("/home/ada/.cache/greentic/digests");
  expect(cacheRoot("digests", { GREENTIC_DIST_CACHE_DIR: "C:\\own" }, "win32")).toBe("C:\\own\\digests");
});
