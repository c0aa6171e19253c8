import { describe, expect, expectTypeOf, test } from "vitest";
import type { CacheEntry } from "./cache/index.ts";
import * as library from "./index.ts";
import {
  type CachedArtifact,
  type CachedPack,
  type CallOptions,
  type ComponentRefs,
  type ComponentsExtension,
  type CredentialProvider,
  type Digest,
  type DigestFetcher,
  DistClient,
  type DistClientOptions,
  DistError,
  type DistErrorCode,
  type DistEvent,
  type Environment,
  type ErrorDetails,
  type FetchedPack,
  type fetchPack,
  type FetchPackOptions,
  isDigest,
  isDistError,
  type OciComponentResolver,
  type OciPackFetcher,
  type OciPackFetcherOptions,
  type OpenArtifact,
  type Reference,
  type RegistryClient,
  type ResolvedComponent,
  type ResolvedReference,
  type Shape,
} from "./index.ts";

test("the library exports these values and no others", () => {
  expect(Object.keys(library).toSorted()).toEqual([
    "ChainedDistributorSource",
    "DevDistributorSource",
    "DigestFetcher",
    "DistClient",
    "DistError",
    "DistributorError",
    "GeneratedDistributorApiBindings",
    "HttpDistributorClient",
    "OciComponentResolver",
    "OciPackFetcher",
    "WitDistributorClient",
    "componentsExtensionOf",
    "createDistributorHost",
    "createRegistryDistributorSource",
    "createTenantCtx",
    "distributorClientConfigFromGreentic",
    "distributorMessages",
    "fetchPack",
    "fetchPackToCache",
    "isDigest",
    "isDistError",
    "isDistributorError",
    "isDistributorId",
    "isLockFailure",
    "isSecretKey",
    "loadGreenticConfig",
  ]);
});

describe("DistClient", () => {
  test("takes options, all of which may be left out or be undefined", () => {
    expectTypeOf<ConstructorParameters<typeof DistClient>>().toEqualTypeOf<
      [options?: DistClientOptions | undefined]
    >();
    expectTypeOf<object>().toExtend<DistClientOptions>();
    type Undefined = { readonly [K in keyof DistClientOptions]: undefined };
    expectTypeOf<Undefined>().toExtend<DistClientOptions>();
    expectTypeOf<typeof process.env>().toExtend<Environment>();
    expectTypeOf<DistClientOptions["fetch"]>().toEqualTypeOf<typeof globalThis.fetch | undefined>();
    expectTypeOf<DistClientOptions["registry"]>().toEqualTypeOf<RegistryClient | undefined>();
    expectTypeOf<DistClientOptions["credentials"]>().toEqualTypeOf<CredentialProvider | undefined>();
    expectTypeOf<DistClientOptions["onEvent"]>().toEqualTypeOf<((event: DistEvent) => void) | undefined>();
  });

  test("has methods that take a text and a signal, and promise plain values", () => {
    type ByReference<T> = (reference: string, options?: CallOptions) => Promise<T>;
    expectTypeOf<DistClient["resolveRef"]>().toEqualTypeOf<ByReference<ResolvedReference>>();
    expectTypeOf<DistClient["ensureCached"]>().toEqualTypeOf<ByReference<CachedArtifact>>();
    expectTypeOf<DistClient["openCached"]>().toEqualTypeOf<ByReference<OpenArtifact>>();
    expectTypeOf<DistClient["fetchDigest"]>().toEqualTypeOf<ByReference<CachedArtifact>>();
    expectTypeOf<DistClient["listCache"]>().toEqualTypeOf<() => Promise<readonly CacheEntry[]>>();
    expectTypeOf<DistClient["removeCached"]>().toEqualTypeOf<(digests: readonly string[]) => Promise<void>>();
    expectTypeOf<CallOptions>().toEqualTypeOf<{ readonly signal?: AbortSignal | undefined }>();
    expectTypeOf<DistClient>().toExtend<AsyncDisposable>();
  });

  test("has no methods that a caller could not see in its type", () => {
    const methods = Object.getOwnPropertyNames(DistClient.prototype).filter((name) => name !== "constructor");
    expectTypeOf<Exclude<keyof DistClient, symbol>>().toEqualTypeOf<
      | "checkLock"
      | "copy"
      | "copyLock"
      | "createLock"
      | "convertLock"
      | "deleteImage"
      | "listTags"
      | "tagImage"
      | "diffLocks"
      | "pullLock"
      | "push"
      | "pushBundle"
      | "updateLock"
      | "saveBundle"
      | "loadBundle"
      | "cachedPath"
      | "cacheInfo"
      | "gc"
      | "inspect"
      | "verifyCache"
      | "warm"
      | "diagnose"
      | "ensureCached"
      | "fetchDigest"
      | "listCache"
      | "listPins"
      | "pin"
      | "unpin"
      | "openCached"
      | "removeCached"
      | "resolveRef"
    >();
    expect(methods.toSorted()).toEqual([
      "cacheInfo",
      "cachedPath",
      "checkLock",
      "convertLock",
      "copy",
      "copyLock",
      "createLock",
      "deleteImage",
      "diagnose",
      "diffLocks",
      "ensureCached",
      "fetchDigest",
      "gc",
      "inspect",
      "listCache",
      "listPins",
      "listTags",
      "loadBundle",
      "openCached",
      "pin",
      "pullLock",
      "push",
      "pushBundle",
      "removeCached",
      "resolveRef",
      "saveBundle",
      "tagImage",
      "unpin",
      "updateLock",
      "verifyCache",
      "warm",
    ]);
  });

  test("returns artifacts with these fields", () => {
    expectTypeOf<ResolvedReference>().toEqualTypeOf<{
      readonly reference: string;
      readonly digest: Digest;
    }>();
    expectTypeOf<{ [K in keyof CachedArtifact]: CachedArtifact[K] }>().toEqualTypeOf<{
      readonly reference: string;
      readonly digest: Digest;
      readonly contentDigest: Digest;
      readonly manifestDigest: Digest | undefined;
      readonly cachePath: string;
      readonly fetched: boolean;
    }>();
    expectTypeOf<OpenArtifact>().toExtend<CachedArtifact & AsyncDisposable>();
    expectTypeOf<OpenArtifact["bytes"]>().returns.resolves.toEqualTypeOf<Uint8Array>();
  });
});

test("packs, components and blobs have clients of their own, made as a DistClient is", () => {
  expectTypeOf<DistClientOptions>().toExtend<OciPackFetcherOptions>();
  expectTypeOf<OciPackFetcherOptions>().toExtend<DistClientOptions>();
  expectTypeOf<ConstructorParameters<typeof OciComponentResolver>>().toEqualTypeOf<
    [options?: DistClientOptions | undefined]
  >();
  expectTypeOf<typeof fetchPack>().parameters.toEqualTypeOf<
    [reference: string, options?: FetchPackOptions | undefined]
  >();
  expectTypeOf<typeof fetchPack>().returns.resolves.toEqualTypeOf<FetchedPack>();
  expectTypeOf<OciPackFetcher["fetchPackToCache"]>().returns.resolves.toEqualTypeOf<CachedPack>();
  expectTypeOf<FetchedPack>().toExtend<CachedPack & { readonly bytes: Uint8Array }>();
  expectTypeOf<CachedPack>().toExtend<CachedArtifact & { readonly shape: Shape }>();
  expectTypeOf<OciComponentResolver["resolveRefs"]>().returns.resolves.toEqualTypeOf<
    readonly ResolvedComponent[]
  >();
  expectTypeOf<ComponentsExtension>().toExtend<ComponentRefs>();
  expectTypeOf<DigestFetcher["fetchByDigest"]>().returns.resolves.toEqualTypeOf<Uint8Array>();
  expectTypeOf<DigestFetcher["ensureCached"]>().returns.resolves.toEqualTypeOf<CachedArtifact>();
  expectTypeOf<OciPackFetcher | OciComponentResolver | DigestFetcher>().toExtend<AsyncDisposable>();
});

describe("isDistError", () => {
  const error: unknown = new DistError("TIMEOUT", "too slow", { phase: "connect" });

  test("narrows an unknown error to its code and details", () => {
    if (!isDistError(error, "TIMEOUT")) throw new Error("it is one");
    expectTypeOf(error).toEqualTypeOf<DistError<"TIMEOUT">>();
    expectTypeOf(error.details.phase).toEqualTypeOf<"connect" | "headers" | "body">();
    expect(error.details.phase).toBe("connect");
  });

  test("without a code narrows to any of them", () => {
    if (!isDistError(error)) throw new Error("it is one");
    expectTypeOf(error.code).toEqualTypeOf<DistErrorCode>();
    expectTypeOf(error.hint).toEqualTypeOf<string | undefined>();
    expectTypeOf(error.details).toEqualTypeOf<ErrorDetails[DistErrorCode]>();
    expect(error.code).toBe("TIMEOUT");
  });

  test("knows the details of the codes that programs act on", () => {
    expectTypeOf<DistError<"OFFLINE">["details"]>().toEqualTypeOf<{ readonly reference: string }>();
    expectTypeOf<DistError<"DIGEST_MISMATCH">["details"]["expected"]>().toEqualTypeOf<string>();
    expectTypeOf<DistError<"SIZE_MISMATCH">["details"]["actual"]>().toEqualTypeOf<number>();
    expectTypeOf<DistError<"NOT_FOUND">["details"]["status"]>().toEqualTypeOf<number | undefined>();
    expectTypeOf<DistError<"UNMAPPED">["details"]["variable"]>().toEqualTypeOf<string>();
    expectTypeOf<DistError<"UNUSABLE_ARTIFACT">["details"]["candidates"]>().toEqualTypeOf<
      readonly string[] | undefined
    >();
  });

  test("does not accept codes and details that there are not", () => {
    // @ts-expect-error There is no such code.
    expect(isDistError(error, "TOO_SLOW")).toBe(false);
    // @ts-expect-error A timeout says in which phase it was.
    expect(new DistError("TIMEOUT", "too slow", {}).code).toBe("TIMEOUT");
  });
});

test("isDigest narrows a text, and no other text is a digest", () => {
  const text: string = `sha256:${"0".repeat(64)}`;
  if (!isDigest(text)) throw new Error("it is one");
  expectTypeOf(text).toEqualTypeOf<Digest>();
  expectTypeOf<"sha256:abc">().not.toExtend<Digest>();
  expectTypeOf<Digest>().toExtend<string>();
});

test("events and references are told apart by their tag", () => {
  expectTypeOf<DistEvent["event"]>().toEqualTypeOf<
    | "resolving"
    | "resolved"
    | "downloading"
    | "progress"
    | "verified"
    | "verifying"
    | "cached"
    | "uploading"
    | "sent"
    | "uploaded"
    | "pushed"
    | "saving"
    | "saved"
    | "loading"
    | "loaded"
    | "waiting"
    | "warning"
    | "failed"
  >();
  expectTypeOf<Extract<DistEvent, { event: "cached" }>["path"]>().toEqualTypeOf<string>();
  expectTypeOf<Reference["kind"]>().toEqualTypeOf<
    "digest" | "https" | "file" | "oci" | "mapped" | "fixture" | "layout"
  >();
});
