import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServer, type TestServer } from "../../test/support/http-server.ts";
import { jsonResponse } from "../../test/support/registry-handler.ts";
import { type Registry, startRegistry } from "../../test/support/registry.ts";
import { rejectionOf } from "../../test/support/thrown.ts";
import type { OciName } from "../core/index.ts";
import { createWireHttp, type Http } from "../http/index.ts";
import { anonymous } from "./auth/credentials.ts";
import { createRegistryClient } from "./client.ts";

let http: Http;
beforeAll(() => {
  http = createWireHttp({ userAgent: "test" });
});
afterAll(() => http.close());

async function listOf({ host }: { readonly host: string }): Promise<readonly string[] | undefined> {
  const name: OciName = { registry: host, repository: "a/b", tag: undefined, digest: undefined };
  const options = { http, credentials: anonymous, allowPlainHttp: () => false, now: () => 0 };
  return createRegistryClient(options).listTags?.(name, { reference: "a/b" });
}

/** A registry that answers every request for tags with these bodies, one after the other, and a Link with each. */
function scripted(...pages: readonly (readonly [body: unknown, link?: string])[]): Promise<TestServer> {
  let at = 0;
  return startServer(() => {
    const [body, link] = pages[Math.min(at++, pages.length - 1)] ?? [];
    return Promise.resolve(jsonResponse(200, body, link === undefined ? {} : { link }));
  });
}

it("asks page by page for more tags than a page holds", async () => {
  await using registry: Registry = await startRegistry();
  const tags = Array.from({ length: 2500 }, (_, i) => `t${i}`);
  for (const tag of tags) registry.pushManifest("a/b", tag, {});
  expect(await listOf(registry)).toEqual(tags.toSorted());
  expect(registry.requests.map(({ path }) => path)).toEqual([
    "/v2/a/b/tags/list?n=1000",
    expect.stringMatching(/n=1000&last=t\d+$/),
    expect.stringMatching(/n=1000&last=t\d+$/),
  ]);
});

describe("what registries answer is understood:", () => {
  it.each([
    ["no tags, as null", [[{ name: "a/b", tags: null }]], []],
    ["no tags, by leaving them out", [[{}]], []],
    ["what is no tag is passed over", [[{ tags: ["a", "", "a/b", 1, "b\n", "x@y", "c"] }]], ["a", "c"]],
    [
      "pages that overlap",
      [[{ tags: ["a", "b"] }, '</v2/a/b/tags/list?last=b>; rel="next"'], [{ tags: ["b", "c"] }]],
      ["a", "b", "c"],
    ],
    [
      "a link beside others, without quotes",
      [[{ tags: ["a"] }, "<x>; rel=prev, <?p=2>; rel=next"], [{ tags: ["b"] }]],
      ["a", "b"],
    ],
    ["a link that is not to the next page", [[{ tags: ["a"] }, "<?p=2>; rel=last"]], ["a"]],
  ] as const)("%s", async (_, pages, tags) => {
    await using server = await scripted(...pages);
    expect(await listOf(server)).toEqual(tags);
  });
});

describe("pages that cannot be used are refused:", () => {
  it.each([
    [
      "another origin",
      "<http://127.0.0.2:1/v2/a/b/tags/list?n=1>; rel=next",
      /its next page lies elsewhere, at http:\/\/127\.0\.0\.2:1$/,
    ],
    ["no address", "<http://[>; rel=next", /the address of its next page is none$/],
    ["a page that was there", "<?n=1000>; rel=next", /its next page is one of those before$/],
  ])("%s", async (_, link, message) => {
    await using server = await scripted([{ tags: ["a"] }, link]);
    const error = await rejectionOf(listOf(server));
    expect(error.code).toBe("NETWORK");
    expect(error.message).toMatch(message);
  });

  it.each([["a text"], [[]], [{ tags: "a" }], [null]])("%j is no list of tags", async (body) => {
    await using server = await scripted([body]);
    expect((await rejectionOf(listOf(server))).message).toMatch(/it is no list of tags$/);
  });

  it("pages without an end", async () => {
    let at = 0;
    await using server = await startServer(() =>
      Promise.resolve(jsonResponse(200, { tags: [`t${at++}`] }, { link: `<?n=1&last=t${at}>; rel=next` })),
    );
    expect((await rejectionOf(listOf(server))).message).toMatch(
      /more than 100000 tags, or 1000 pages of them$/,
    );
    expect(server.requests).toHaveLength(1000);
  });

  it("a page that is too large", async () => {
    await using server = await scripted([{ tags: ["a".repeat(4_200_000)] }]);
    expect((await rejectionOf(listOf(server))).message).toMatch(
      /a page of tags has more than 4194304 bytes$/,
    );
  });

  it("a repository that is not there", async () => {
    await using registry = await startRegistry();
    const error = await rejectionOf(listOf(registry));
    expect(error.code).toBe("NOT_FOUND");
    expect(error.message).toMatch(/^failed to list the tags of `a\/b`: NAME_UNKNOWN/);
  });
});
