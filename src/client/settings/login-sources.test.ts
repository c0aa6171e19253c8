import { expect, test } from "vitest";
import { createCredentials, type CredentialTarget } from "../../registry/index.ts";
import type { Environment } from "./environment.ts";
import { loginSources } from "./login-sources.ts";

const everything: Environment = {
  OCI_USERNAME: "o",
  OCI_PASSWORD: "canary-oci",
  OCI_REGISTRY: "one.example, Two.example:5000",
  GREENTIC_COMPONENT_REGISTRY_USERNAME: "g",
  GREENTIC_COMPONENT_REGISTRY_PASSWORD: "canary-password",
  GREENTIC_COMPONENT_REGISTRY_TOKEN: "canary-token",
  GHCR_TOKEN: "canary-ghcr",
  GITHUB_TOKEN: "canary-github",
  GITHUB_ACTOR: "octocat",
};

/** What the variables have for `host`, a line for each source. */
async function offers(env: Environment, target: CredentialTarget): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const offer of createCredentials(loginSources(env, "linux")).credentialsFor(target)) {
    const what =
      "password" in offer
        ? `${offer.username} ${offer.password.reveal()}`
        : (offer.unusable ?? offer.withheld ?? "none");
    lines.push(`${offer.source}: ${what}`);
  }
  return lines;
}

test("logins in variables are for the registries in OCI_REGISTRY, and the tokens for ghcr.io", async () => {
  const other = "withheld, for OCI_REGISTRY names other registries";
  const ghcr = "withheld, for it is for ghcr.io";
  const forOne = [
    "OCI_PASSWORD: o canary-oci",
    "GREENTIC_COMPONENT_REGISTRY_PASSWORD: g canary-password",
    "GREENTIC_COMPONENT_REGISTRY_TOKEN: g canary-token",
    `GHCR_TOKEN: ${ghcr}`,
    `GITHUB_TOKEN: ${ghcr}`,
  ];
  expect(await offers(everything, { host: "one.example" })).toEqual(forOne);
  expect(await offers(everything, { host: "two.example:5000" })).toEqual(forOne);
  expect(await offers(everything, { host: "ghcr.io" })).toEqual([
    `OCI_PASSWORD: ${other}`,
    `GREENTIC_COMPONENT_REGISTRY_PASSWORD: ${other}`,
    `GREENTIC_COMPONENT_REGISTRY_TOKEN: ${other}`,
    "GHCR_TOKEN: octocat canary-ghcr",
    "GITHUB_TOKEN: octocat canary-github",
  ]);
  for (const host of ["two.example", "one.example:80", "xone.example", "one.example.evil", "ghcr.io:8443"]) {
    expect((await offers(everything, { host })).join()).not.toContain("canary");
  }
});

test("without OCI_REGISTRY they are ignored, and this is said", async () => {
  const lines = await offers({ ...everything, OCI_REGISTRY: "" }, { host: "one.example" });
  expect(lines[0]).toBe("OCI_PASSWORD: ignored, for OCI_REGISTRY does not say which registries it is for");
  expect(lines.join()).not.toContain("canary");
});

test("a password without a user name is none; a token needs no name", async () => {
  expect(await offers({ OCI_PASSWORD: "x", OCI_REGISTRY: "h" }, { host: "h" })).toEqual([]);
  const env = { GREENTIC_COMPONENT_REGISTRY_TOKEN: "x", OCI_REGISTRY: "h" };
  expect(await offers(env, { host: "h" })).toEqual(["GREENTIC_COMPONENT_REGISTRY_TOKEN: token x"]);
  expect(await offers({ GHCR_TOKEN: "x" }, { host: "ghcr.io" })).toEqual(["GHCR_TOKEN: token x"]);
});

test("files are looked at in this order", () => {
  const env = {
    REGISTRY_AUTH_FILE: "/ci/auth.json",
    DOCKER_CONFIG: "/docker",
    XDG_RUNTIME_DIR: "/run/user/1",
    XDG_CONFIG_HOME: "/config",
    HOME: "/home/ada",
  };
  expect(loginSources(env, "linux")).toMatchObject({
    files: [
      "/ci/auth.json",
      "/docker/config.json",
      "/run/user/1/containers/auth.json",
      "/config/containers/auth.json",
    ],
    ownFile: "/config/greentic/dist/auth.json",
  });
  expect(loginSources({ HOME: "/home/ada", REGISTRY_AUTH_FILE: "" }, "linux")).toMatchObject({
    files: ["/home/ada/.docker/config.json", "/home/ada/.config/containers/auth.json"],
    ownFile: "/home/ada/.config/greentic/dist/auth.json",
  });
  expect(loginSources({ HOME: "/Users/ada" }, "darwin").ownFile).toBe(
    "/Users/ada/Library/Application Support/greentic/dist/auth.json",
  );
  expect(loginSources({ USERPROFILE: "C:\\ada", APPDATA: "C:\\ada\\Roaming" }, "win32")).toMatchObject({
    files: ["C:\\ada\\.docker\\config.json", "C:\\ada\\.config\\containers\\auth.json"],
    ownFile: "C:\\ada\\Roaming\\greentic\\dist\\auth.json",
  });
  expect(loginSources({}, "linux")).toMatchObject({ before: [], files: [], ownFile: undefined, after: [] });
});

test("helpers see everything but our variables, and whatever holds the same secrets", () => {
  const env = {
    ...everything,
    GH_TOKEN: "canary-github",
    NETRC: "machine x password canary-oci",
    GREENTIC_ANYTHING: "x",
    UNSET: undefined,
    PATH: "/bin",
    HOME: "/home/ada",
    DBUS_SESSION_BUS_ADDRESS: "unix:",
    AWS_PROFILE: "dev",
  };
  expect(loginSources(env, "linux").helperEnv).toEqual({
    OCI_REGISTRY: everything["OCI_REGISTRY"],
    GITHUB_ACTOR: "octocat",
    PATH: "/bin",
    HOME: "/home/ada",
    DBUS_SESSION_BUS_ADDRESS: "unix:",
    AWS_PROFILE: "dev",
  });
});

test("a password of a few letters takes no other variable from helpers", () => {
  const env = { OCI_USERNAME: "ada", OCI_PASSWORD: "bin", PATH: "/usr/bin", HOME: "/home/ada", COPY: "bin" };
  expect(loginSources(env, "linux").helperEnv).toEqual({ PATH: "/usr/bin", HOME: "/home/ada" });
});
