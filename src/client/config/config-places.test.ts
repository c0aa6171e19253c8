import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../../test/support/temp-dir.ts";
import { configPlaces } from "./config-places.ts";

test.each([
  ["linux", { HOME: "/home/ada" }, "/home/ada/.config/greentic"],
  ["linux", { HOME: "/home/ada", XDG_CONFIG_HOME: "/xdg" }, "/xdg/greentic"],
  ["linux", { HOME: "/home/ada", XDG_CONFIG_HOME: "xdg" }, "/home/ada/.config/greentic"],
  ["darwin", { HOME: "/Users/ada" }, "/Users/ada/Library/Application Support/greentic"],
  ["win32", { APPDATA: "C:\\Users\\ada\\AppData\\Roaming" }, "C:\\Users\\ada\\AppData\\Roaming\\greentic"],
])("on %s with %j the user's file lies in %s", async (platform, env, folder) => {
  expect(configPlaces({ env, cwd: undefined, platform })).toEqual([{ scope: "user", folder }]);
});

test("nothing is looked at when neither a folder nor the environment says where", async () => {
  expect(configPlaces({ env: {}, cwd: undefined, platform: "linux" })).toEqual([]);
});

test("the project is the nearest folder upwards with a .greentic folder, whatever else lies there", async () => {
  await using dir = await tempDir();
  const [outer, inner] = [join(dir.path, ".greentic"), join(dir.path, "a", ".greentic")];
  const deep = join(dir.path, "a", "b", "c");
  await mkdir(outer);
  await mkdir(deep, { recursive: true });
  await mkdir(join(dir.path, "a", ".git"));
  const search = { env: {}, cwd: deep, platform: "linux" };
  await writeFile(inner, "a file is no folder");
  expect(configPlaces(search)).toEqual([{ scope: "project", folder: outer }]);
  await rm(inner);
  await mkdir(inner);
  expect(configPlaces(search)).toEqual([{ scope: "project", folder: inner }]);
});
