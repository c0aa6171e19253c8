import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServer, type TestServer } from "../../test/support/http-server.ts";
import { jsonResponse } from "../../test/support/registry-handler.ts";
import { startRegistry } from "../../test/support/registry.ts";
import { rejectionOf } from "../../test/support/thrown.ts";
import { type Digest, mediaTypes, parseDigest } from "../core/index.ts";
import { createWireHttp, type Http } from "../http/index.ts";
import { anonymous } from "./auth/credentials.ts";
import { createRegistryClient } from "./client.ts";

const subject = digest("a");
let http: Http;
beforeAll(() => {
  http = createWireHttp({ userAgent: "test" });
});
afterAll(() => http.close());

function digest(digit: string): Digest {
  return parseDigest(`sha256:${digit.repeat(64)}`);
}

async function listOf({ host }: { readonly host: string }): Promise<readonly Digest[] | undefined> {
  const name = { registry: host, repository: "a/b", tag: undefined, digest: subject };
  const options = { http, credentials: anonymous, allowPlainHttp: () => false, now: () => 0 };
  const listed = await createRegistryClient(options).listReferrers?.(name, { reference: "a/b" });
  return listed?.map((one) => one.digest);
}

function page(...digits: readonly string[]): object {
  const manifests = digits.map((one) => ({
    mediaType: mediaTypes.ociManifest,
    digest: digest(one),
    size: 1,
  }));
  return { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests };
}

/** A registry that answers with these pages, one after the other, and a Link with each. */
function scripted(
  ...pages: readonly (readonly [body: unknown, link?: string | undefined, type?: string])[]
): Promise<TestServer> {
  let at = 0;
  return startServer(() => {
    const [body, link, type = mediaTypes.ociIndex] = pages[Math.min(at++, pages.length - 1)] ?? [];
    const headers = { "content-type": type, ...(link === undefined ? {} : { link }) };
    return Promise.resolve(jsonResponse(200, body, headers));
  });
}

it("lists what a registry says refers to a manifest", async () => {
  await using registry = await startRegistry();
  const signature = registry.pushManifest("a/b", undefined, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    layers: [],
    subject: { mediaType: mediaTypes.ociManifest, digest: subject, size: 1 },
  });
  expect(await listOf(registry)).toEqual([signature.digest]);
  expect(registry.requests.map(({ path }) => path)).toEqual([`/v2/a/b/referrers/${subject}`]);
});

it("asks page by page, and lists each once", async () => {
  await using server = await scripted([page("1", "2"), "<?next=2>; rel=next"], [page("2", "3")]);
  expect(await listOf(server)).toEqual([digest("1"), digest("2"), digest("3")]);
});

describe("where there is no such API", () => {
  it.each([400, 404, 405, 501])("reads the tag that stands for it (HTTP %i)", async (status) => {
    await using registry = await startRegistry({
      wrap: (handler) => async (request) =>
        request.url.includes("/referrers/") ? new Response("no", { status }) : handler(request),
    });
    expect(await listOf(registry)).toEqual([]);
    registry.pushManifest("a/b", subject.replace(":", "-"), page("1"), mediaTypes.ociIndex);
    expect(await listOf(registry)).toEqual([digest("1")]);
  });

  it("takes an answer of another type for none", async () => {
    await using server = await scripted([{}, undefined, "text/html"], [page("1")]);
    expect(await listOf(server)).toEqual([digest("1")]);
  });
});

describe("refused are", () => {
  it.each([
    ["a next page elsewhere", "<http://localhost:1/v2/a/b/referrers/x?p=2>; rel=next"],
    ["pages that go round", "<?p=1>; rel=next"],
  ])("%s", async (_, link) => {
    await using server = await scripted([page("1"), link]);
    expect(await rejectionOf(listOf(server))).toMatchObject({ code: "NETWORK" });
  });
});
