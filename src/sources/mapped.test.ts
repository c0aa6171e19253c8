import { expect, test } from "vitest";
import { parseReference, printOciName, type ReferenceOf } from "../core/index.ts";
import { mapToOci, type RegistryBases } from "./mapped.ts";

const none: RegistryBases = { repo: undefined, store: undefined };
const digest = `sha256:${"ab".repeat(32)}`;

test("a target goes below the base of its scheme, also when it would be a reference by itself", () => {
  const bases: RegistryBases = { repo: "registry.local:5000/team", store: "ghcr.io/acme" };
  for (const [reference, expected] of [
    ["repo://hello:1.0", "registry.local:5000/team/hello:1.0"],
    ["repo://hello", "registry.local:5000/team/hello:latest"],
    ["repo://ghcr.io/other/hello:2", "registry.local:5000/team/ghcr.io/other/hello:2"],
    [`repo://hello@${digest}`, `registry.local:5000/team/hello@${digest}`],
    [`store://hello:1@${digest}`, `ghcr.io/acme/hello@${digest}`],
    ["store://a/b/c:1", "ghcr.io/acme/a/b/c:1"],
    ["STORE://a:1", "ghcr.io/acme/a:1"],
  ] as const) {
    expect(map(reference, bases)).toBe(expected);
  }
});

test("slashes at the end of a base count for nothing", () => {
  for (const repo of ["ghcr.io/acme", "ghcr.io/acme/", "ghcr.io/acme//"]) {
    expect(map("repo://hello:1", { ...none, repo })).toBe("ghcr.io/acme/hello:1");
  }
});

test("Greentic's own store needs no base: the tenant is left out of the name", () => {
  for (const store of [undefined, "ghcr.io/acme"]) {
    const bases = { ...none, store };
    expect(map("store://greentic-biz/tenant-a/hello:1.0", bases)).toBe("ghcr.io/greentic-biz/hello:1.0");
    expect(map(`store://greentic-biz/tenant-a/a/b@${digest}`, bases)).toBe(
      `ghcr.io/greentic-biz/a/b@${digest}`,
    );
  }
  expect(map("store://greentic-biz/hello:1", { ...none, store: "ghcr.io/acme" })).toBe(
    "ghcr.io/acme/greentic-biz/hello:1",
  );
  expect(map("repo://greentic-biz/t/hello:1", { ...none, repo: "ghcr.io/acme" })).toBe(
    "ghcr.io/acme/greentic-biz/t/hello:1",
  );
});

test("without a base the resolution is unavailable, and the hint names the variable", () => {
  for (const [reference, variable] of [
    ["repo://hello:1", "GREENTIC_REPO_REGISTRY_BASE"],
    ["store://hello:1", "GREENTIC_STORE_REGISTRY_BASE"],
    ["store://greentic-biz/hello:1", "GREENTIC_STORE_REGISTRY_BASE"],
  ] as const) {
    expect(failure(reference, none)).toMatchObject({
      code: "UNMAPPED",
      message: `resolution unavailable for \`${reference}\``,
      details: { reference, variable },
      hint: expect.stringContaining(variable),
    });
  }
});

test("what does not become a reference is an invalid one, and is shown as it was typed", () => {
  const bases: RegistryBases = { repo: "ghcr.io/acme", store: "ghcr.io/acme" };
  for (const target of [
    "../up",
    "UPPER",
    "a b",
    "a:tag:tag",
    "a@sha256:abc",
    "/a",
    "a//b",
    "a/",
    "x".repeat(400),
  ]) {
    expect(failure(`repo://${target}`, bases)).toMatchObject({ code: "INVALID_REFERENCE" });
  }
  expect(failure("store://greentic-biz/tenant/../other", bases)).toMatchObject({
    code: "INVALID_REFERENCE",
    message: "invalid reference `store://greentic-biz/tenant/../other`",
  });
});

function map(text: string, bases: RegistryBases): string {
  return printOciName(mapToOci(parse(text), bases).name);
}

function failure(text: string, bases: RegistryBases): unknown {
  try {
    return mapToOci(parse(text), bases);
  } catch (error) {
    return error;
  }
}

function parse(text: string): ReferenceOf<"mapped"> {
  const reference = parseReference(text, { pathExists: () => false });
  if (reference.kind !== "mapped") throw new TypeError(`${text} is of another kind`);
  return reference;
}
