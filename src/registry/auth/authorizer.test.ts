import { describe, expect, it } from "vitest";
import { compose, isManifest, redirect, statusScript } from "../../../test/support/faults.ts";
import { type Handler, startServer, type TestServer, type Wrap } from "../../../test/support/http-server.ts";
import { requireBasic, requireToken } from "../../../test/support/registry-auth.ts";
import { errorResponse, jsonResponse } from "../../../test/support/registry-handler.ts";
import { type Registry, startRegistry } from "../../../test/support/registry.ts";
import { mediaTypes, type OciName } from "../../core/index.ts";
import { createWireHttp } from "../../http/index.ts";
import { createRegistryClient, type RegistryClient } from "../client.ts";
import type { Credential, CredentialProvider, NoCredential } from "./credentials.ts";
import { type AccessReport, printAccess } from "./access-report.ts";
import { Secret } from "./secret.ts";

const alice = { user: "alice", password: "canary-secret" };
const basicOfAlice = `Basic ${Buffer.from("alice:canary-secret").toString("base64")}`;

function storedLogin(password = alice.password): CredentialProvider {
  return offering(login("config.json", password));
}

function login(source: string, password = "canary-wrong", username = alice.user): Credential {
  return { username, password: new Secret(password), source };
}

/** A provider whose sources have these, in this order. */
function offering(...offers: readonly (Credential | NoCredential)[]): CredentialProvider {
  return {
    async *credentialsFor() {
      yield* offers;
    },
  };
}

const noLogin = offering({ source: "config.json" });

interface Setup extends AsyncDisposable {
  readonly registry: Registry;
  readonly client: RegistryClient;
  readonly name: OciName;
  readonly warnings: readonly string[];
  /** How each challenge was met. */
  readonly access: readonly AccessReport[];
  readonly passTime: (ms: number) => void;
}

/** A registry that holds `a/b:1`, with `wrap` around it, and a client for it. */
async function setUp(wrap?: Wrap, credentials = noLogin): Promise<Setup> {
  const registry = await startRegistry({ wrap });
  registry.pushManifest("a/b", "1", { schemaVersion: 2, mediaType: mediaTypes.ociManifest, layers: [] });
  const warnings: string[] = [];
  const access: AccessReport[] = [];
  let time = 0;
  const http = createWireHttp({ userAgent: "test" });
  const client = createRegistryClient({
    http,
    credentials,
    allowPlainHttp: () => false,
    now: () => time,
    onWarning: (message) => warnings.push(message),
    onAccess: (report) => access.push(report),
  });
  return {
    registry,
    client,
    name: { registry: registry.host, repository: "a/b", tag: "1", digest: undefined },
    warnings,
    access,
    passTime: (ms) => {
      time += ms;
    },
    async [Symbol.asyncDispose]() {
      http.close();
      await registry[Symbol.asyncDispose]();
    },
  };
}

/** What a server was asked, with what authorization, and what it answered. */
function log({ requests }: TestServer): readonly string[] {
  return requests.map(({ method, path, headers, status }) => {
    const scheme = headers.authorization?.split(" ")[0] ?? "-";
    return `${method} ${path.split("?")[0]} ${scheme} ${status}`;
  });
}

const manifest = "/v2/a/b/manifests/1";
const longToken = "t".repeat(8192);
const token = requireToken({ realmPath: "/token", service: "registry" });
const tokenForAlice = requireToken({ realmPath: "/token", service: "registry", ...alice });

/** A registry that wants a token from `realm`, and takes only those in `good`. */
function tokenFrom(realm: () => string, good: ReadonlySet<string>, refusal = 401): Wrap {
  return (handler) => async (request) => {
    const given = request.headers.get("authorization");
    if (given !== null && good.has(given)) return handler(request);
    const challenge = { "www-authenticate": `Bearer realm="${realm()}",service="registry"` };
    return errorResponse(given === null ? 401 : refusal, "DENIED", "requested access is denied", challenge);
  };
}

/** A token service that answers by what authorization it was sent. */
const byLogin =
  (answers: { readonly login: Response | string; readonly anonymous: Response | string }): Handler =>
  async (request) => {
    const answer = request.headers.has("authorization") ? answers.login : answers.anonymous;
    return typeof answer === "string" ? jsonResponse(200, { token: answer }) : answer.clone();
  };

const identity = (username = "<token>"): CredentialProvider =>
  offering({
    username,
    password: new Secret("canary-identity"),
    isIdentityToken: true,
    source: "config.json",
  });

/** A token service that takes `canary-identity` by these methods, and what it heard. */
function tokenService(...methods: readonly string[]): {
  readonly heard: string[];
  readonly handler: Handler;
} {
  const heard: string[] = [];
  const handler: Handler = async (request) => {
    const { method, headers } = request;
    const body = method === "POST" ? await request.text() : "";
    const basic = Buffer.from(headers.get("authorization")?.slice(6) ?? "", "base64").toString();
    heard.push(`${method} ${method === "POST" ? `${headers.get("content-type")} ${body}` : basic}`);
    if (!methods.includes(method)) return new Response(null, { status: 405 });
    const isKnown = body.includes("refresh_token=canary-identity") || basic.endsWith(":canary-identity");
    if (isKnown) return jsonResponse(200, { access_token: "open", expires_in: 300 });
    return new Response(null, { status: method === "POST" ? 400 : 401 });
  };
  return { heard, handler };
}

describe("an open registry", () => {
  it("is asked once, without a ping, and no login is looked up", async () => {
    const credentials: CredentialProvider = {
      credentialsFor: () => {
        throw new Error("looked up");
      },
    };
    await using setup = await setUp(undefined, credentials);
    await setup.client.fetchManifest(setup.name);
    expect(log(setup.registry)).toEqual([`GET ${manifest} - 200`]);
  });
});

describe("a registry that wants a token", () => {
  it("is given an anonymous one, which serves the next requests", async () => {
    await using setup = await setUp(token);
    await setup.client.fetchManifest(setup.name);
    await setup.client.fetchManifest(setup.name);
    expect(log(setup.registry)).toEqual([
      `GET ${manifest} - 401`,
      "GET /token - 200",
      `GET ${manifest} Bearer 200`,
      `GET ${manifest} Bearer 200`,
    ]);
    const query = new URLSearchParams(setup.registry.requests[1]?.path.split("?")[1]);
    expect(Object.fromEntries(query)).toEqual({ service: "registry", scope: "repository:a/b:pull" });
  });

  it("sees no login: only the token service does", async () => {
    await using setup = await setUp(tokenForAlice, storedLogin());
    await setup.client.fetchManifest(setup.name);
    expect(log(setup.registry)).toEqual([
      `GET ${manifest} - 401`,
      "GET /token Basic 200",
      `GET ${manifest} Bearer 200`,
    ]);
    expect(setup.warnings).toEqual([]);
  });

  it("gets one token for requests at the same time", async () => {
    await using setup = await setUp(token);
    await Promise.all(Array.from({ length: 8 }, () => setup.client.fetchManifest(setup.name)));
    expect(log(setup.registry).filter((line) => line.includes("/token"))).toHaveLength(1);
  });

  it("gets a new one for another repository", async () => {
    await using setup = await setUp(token);
    setup.registry.pushManifest("c", "1", {
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      layers: [],
    });
    await setup.client.fetchManifest(setup.name);
    await setup.client.fetchManifest({ ...setup.name, repository: "c" });
    expect(log(setup.registry).filter((line) => line.includes("/token"))).toHaveLength(2);
  });

  it("gets a new one when the old has expired", async () => {
    await using setup = await setUp(token);
    await setup.client.fetchManifest(setup.name);
    setup.passTime(299_999);
    await setup.client.fetchManifest(setup.name);
    setup.passTime(1);
    await setup.client.fetchManifest(setup.name);
    expect(log(setup.registry).slice(3)).toEqual([
      `GET ${manifest} Bearer 200`,
      `GET ${manifest} - 401`,
      "GET /token - 200",
      `GET ${manifest} Bearer 200`,
    ]);
  });

  it("gets a new one when it no longer takes the old", async () => {
    const good = new Set(["Bearer one"]);
    let next = "one";
    await using service = await startServer(async () =>
      jsonResponse(200, { access_token: next, expires_in: 3600 }),
    );
    await using setup = await setUp(tokenFrom(() => `${service.url}/token`, good));
    await setup.client.fetchManifest(setup.name);
    good.clear();
    good.add("Bearer two");
    next = "two";
    await setup.client.fetchManifest(setup.name);
    expect(log(setup.registry).slice(2)).toEqual([
      `GET ${manifest} Bearer 401`,
      `GET ${manifest} Bearer 200`,
    ]);
    expect(service.requests).toHaveLength(2);
  });

  it("is given up on when it takes no token", async () => {
    await using service = await startServer(byLogin({ login: "l", anonymous: "a" }));
    await using setup = await setUp(
      tokenFrom(() => `${service.url}/token`, new Set()),
      storedLogin(),
    );
    await expect(setup.client.fetchManifest(setup.name)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
    expect(setup.registry.requests).toHaveLength(3);
    expect(log(service)).toEqual(["GET /token Basic 200", "GET /token - 200"]);
  });

  it("decides nothing about the scope", async () => {
    await using setup = await setUp((handler) => async (request) => {
      if (request.headers.has("authorization")) return handler(request);
      if (new URL(request.url).pathname === "/token") return jsonResponse(200, { token: "t" });
      const challenge = `Bearer realm="${new URL("/token?scope=x", request.url).href}",scope="repository:other:push,pull"`;
      return errorResponse(401, "UNAUTHORIZED", "", { "www-authenticate": challenge });
    });
    await setup.client.fetchManifest(setup.name);
    expect(setup.registry.requests[1]?.path).toBe("/token?scope=repository%3Aa%2Fb%3Apull");
  });
});

describe("a stored login that is refused", () => {
  it.each([401, 403])("by the token service with %d: the registry is asked anonymously", async (status) => {
    const answers = { login: errorResponse(status, "DENIED", "incorrect login"), anonymous: "open" };
    await using service = await startServer(byLogin(answers));
    await using setup = await setUp(
      tokenFrom(() => `${service.url}/token`, new Set(["Bearer open"])),
      storedLogin(),
    );
    await setup.client.fetchManifest(setup.name);
    await setup.client.fetchManifest(setup.name);
    expect(log(service)).toEqual([`GET /token Basic ${status}`, "GET /token - 200"]);
    expect(setup.warnings).toEqual([`asked ${setup.registry.host} anonymously: config.json: refused`]);
  });

  it.each([401, 403])("by the registry with %d: it is asked anonymously", async (status) => {
    await using service = await startServer(byLogin({ login: "stale", anonymous: "open" }));
    const wrap = tokenFrom(() => `${service.url}/token`, new Set(["Bearer open"]), status);
    await using setup = await setUp(wrap, storedLogin());
    await setup.client.fetchManifest(setup.name);
    expect(log(setup.registry)).toEqual([
      `GET ${manifest} - 401`,
      `GET ${manifest} Bearer ${status}`,
      `GET ${manifest} Bearer 200`,
    ]);
    expect(setup.warnings).toHaveLength(1);
  });

  it("is named when anonymous requests are refused too", async () => {
    await using setup = await setUp(tokenForAlice, storedLogin("canary-wrong"));
    const error: unknown = await setup.client.fetchManifest(setup.name).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: "UNAUTHORIZED",
      message: `failed to pull \`${setup.registry.host}/a/b:1\`: token service ${setup.registry.host}: UNAUTHORIZED: authentication required (config.json: refused)`,
      details: { status: 401, tried: ["config.json: refused"], credentialsSent: false },
    });
    expect(JSON.stringify(error)).not.toContain("canary");
  });
});

describe("several sources of logins", () => {
  it("are tried in order until one is accepted, and no further", async () => {
    const asked: string[] = [];
    const credentials: CredentialProvider = {
      async *credentialsFor({ host, repository }) {
        asked.push(`${host} ${repository}`);
        yield { source: "empty" };
        yield login("stale");
        yield login("good", alice.password);
        throw new Error("went on");
      },
    };
    await using setup = await setUp(tokenForAlice, credentials);
    await setup.client.fetchManifest(setup.name);
    await setup.client.fetchManifest(setup.name);
    expect(log(setup.registry)).toEqual([
      `GET ${manifest} - 401`,
      "GET /token Basic 401",
      "GET /token Basic 200",
      `GET ${manifest} Bearer 200`,
      `GET ${manifest} Bearer 200`,
    ]);
    expect(asked).toEqual([`${setup.registry.host} a/b`]);
    expect(setup.warnings).toEqual([]);
  });

  it("are tried in order by a registry that wants the login itself", async () => {
    const credentials = offering(login("stale"), login("good", alice.password), login("unused"));
    await using setup = await setUp(requireBasic(alice), credentials);
    await setup.client.fetchManifest(setup.name);
    expect(log(setup.registry)).toEqual([
      `GET ${manifest} - 401`,
      `GET ${manifest} Basic 401`,
      `GET ${manifest} Basic 200`,
    ]);
  });

  it("are all named when none is accepted: refused, unusable, withheld, or without a login", async () => {
    const credentials = offering(
      { source: "one", unusable: "the file is no JSON object" },
      login("two"),
      { source: "three", withheld: "withheld, for it is for ghcr.io" },
      { source: "four" },
      { source: "five" },
    );
    await using setup = await setUp(requireBasic(alice), credentials);
    const tried = [
      "one: the file is no JSON object",
      "two: refused",
      "three: withheld, for it is for ghcr.io",
      `no login for ${setup.registry.host} in four, five`,
    ];
    await expect(setup.client.fetchManifest(setup.name)).rejects.toMatchObject({
      code: "UNAUTHORIZED",
      message: expect.stringContaining(`(${tried.join("; ")})`),
      details: { tried },
    });
    expect(setup.warnings).toEqual(["one: the file is no JSON object"]);
  });

  it("that hold the same login are one: it is sent once", async () => {
    const credentials = offering(login("one"), login("two"), login("three", "canary-wrong", "eve"));
    await using setup = await setUp(tokenForAlice, credentials);
    await expect(setup.client.fetchManifest(setup.name)).rejects.toMatchObject({
      details: { tried: ["one: refused", "two: refused", "three: refused"] },
    });
    expect(log(setup.registry)).toEqual([
      `GET ${manifest} - 401`,
      "GET /token Basic 401",
      "GET /token Basic 401",
      "GET /token - 401",
    ]);
  });

  it("that the token service refused are not tried again for another repository", async () => {
    await using setup = await setUp(tokenForAlice, offering(login("stale")));
    const other = { ...setup.name, repository: "c" };
    for (const name of [setup.name, setup.name, other]) {
      await expect(setup.client.fetchManifest(name)).rejects.toMatchObject({
        details: { tried: ["stale: refused"] },
      });
    }
    expect(log(setup.registry).filter((line) => line.includes("Basic"))).toHaveLength(1);
  });

  it("that one repository refused are tried for another", async () => {
    await using service = await startServer(byLogin({ login: "good", anonymous: "open" }));
    const wrap: Wrap = (handler) => async (request) => {
      const bearer = request.headers.get("authorization") === "Bearer good";
      if (bearer && request.url.includes("/c/")) return handler(request);
      const challenge = { "www-authenticate": `Bearer realm="${service.url}"` };
      return errorResponse(bearer ? 403 : 401, "DENIED", "denied", challenge);
    };
    await using setup = await setUp(wrap, offering(login("partial")));
    const other = { ...setup.name, repository: "c" };
    setup.registry.pushManifest("c", "1", {
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      layers: [],
    });
    await expect(setup.client.fetchManifest(setup.name)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
    expect((await setup.client.fetchManifest(other)).manifest.kind).toBe("image");
  });

  it("may hold other logins for a tenant, whose tokens are its own", async () => {
    const credentials: CredentialProvider = {
      async *credentialsFor({ tenant }) {
        if (tenant === "acme") yield login("tenant acme", alice.password);
      },
    };
    await using setup = await setUp(tokenForAlice, credentials);
    await setup.client.fetchManifest(setup.name, { tenant: "acme" });
    await expect(setup.client.fetchManifest(setup.name, { tenant: "other" })).rejects.toMatchObject({
      code: "UNAUTHORIZED",
      hint: expect.stringContaining("`greentic-dist auth login other`"),
    });
    await expect(setup.client.fetchManifest(setup.name)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  });
});

describe("a report", () => {
  it("says which login opened a repository, what was tried before, and the scope of the token", async () => {
    const credentials = offering({ source: "empty" }, login("stale"), login("good", alice.password));
    await using setup = await setUp(tokenForAlice, credentials);
    await setup.client.fetchManifest(setup.name);
    await setup.client.fetchManifest(setup.name);
    const { host, url } = setup.registry;
    expect(setup.access).toEqual([
      {
        host,
        repository: "a/b",
        scheme: "bearer",
        realm: `${url}/token`,
        service: "registry",
        scope: "repository:a/b:pull",
        isAccepted: true,
        expiresAt: 300_000,
        login: { source: "good", username: "alice" },
        tried: ["stale: refused"],
      },
    ]);
    expect(setup.access.map(printAccess)).toEqual([
      `${host} wants bearer from ${url}/token for repository:a/b:pull: let in as alice, by the login in good (stale: refused)`,
    ]);
  });

  it("says that nobody was let in, and that anybody is", async () => {
    await using closed = await setUp(requireBasic(alice), storedLogin("canary-wrong"));
    await expect(closed.client.fetchManifest(closed.name)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
    expect(closed.access.map(printAccess)).toEqual([
      `${closed.registry.host} wants basic: not let in (config.json: refused)`,
    ]);
    await using open = await setUp(token);
    await open.client.fetchManifest(open.name);
    expect(open.access).toMatchObject([{ isAccepted: true, login: undefined }]);
    expect(open.access.map(printAccess).join()).toMatch(
      /: let in anonymously \(no login for .* in config\.json\)$/,
    );
  });
});

describe("an identity token", () => {
  it("is exchanged by POST, and never sent to the registry", async () => {
    const { heard, handler } = tokenService("POST", "GET");
    await using service = await startServer(handler);
    await using setup = await setUp(
      tokenFrom(() => `${service.url}/token`, new Set(["Bearer open"])),
      identity(),
    );
    await setup.client.fetchManifest(setup.name);
    await setup.client.fetchManifest(setup.name);
    expect(heard).toEqual([
      "POST application/x-www-form-urlencoded grant_type=refresh_token&client_id=greentic-dist&service=registry&scope=repository%3Aa%2Fb%3Apull&refresh_token=canary-identity",
    ]);
    expect(JSON.stringify(setup.registry.requests)).not.toContain("canary");
  });

  it("is sent by GET where POST is not offered, under its user name", async () => {
    const { heard, handler } = tokenService("GET");
    await using service = await startServer(handler);
    await using setup = await setUp(
      tokenFrom(() => service.url, new Set(["Bearer open"])),
      identity("robot"),
    );
    await setup.client.fetchManifest(setup.name);
    expect(heard[1]).toBe("GET robot:canary-identity");
  });

  it("that is refused leads to an anonymous token", async () => {
    await using service = await startServer(async ({ method }) =>
      method === "POST" ? new Response(null, { status: 400 }) : jsonResponse(200, { token: "open" }),
    );
    await using setup = await setUp(
      tokenFrom(() => service.url, new Set(["Bearer open"])),
      identity(),
    );
    await setup.client.fetchManifest(setup.name);
    expect(log(service)).toEqual(["POST / - 400", "GET / - 200"]);
    expect(setup.warnings).toEqual([`asked ${setup.registry.host} anonymously: config.json: refused`]);
  });

  it("is of no use to a registry that wants a login", async () => {
    await using setup = await setUp(requireBasic(alice), identity());
    await expect(setup.client.fetchManifest(setup.name)).rejects.toMatchObject({
      details: {
        tried: ["config.json: an identity token, and the registry wants a user name and password"],
        credentialsSent: false,
      },
    });
    expect(setup.registry.requests).toHaveLength(1);
  });

  it("goes to no token service elsewhere", async () => {
    const { heard, handler } = tokenService("POST", "GET");
    await using sink = await startServer(handler);
    const realm = sink.url.replace("127.0.0.1", "localhost");
    await using setup = await setUp(
      tokenFrom(() => realm, new Set(["Bearer open"])),
      identity(),
    );
    await expect(setup.client.fetchManifest(setup.name)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
    expect(heard).toEqual(["GET "]);
  });

  it("is not sent on by a redirect", async () => {
    const { heard, handler } = tokenService("POST", "GET");
    await using sink = await startServer(handler);
    const wrap = compose(
      redirect(({ path }) => path === "/token", `${sink.url}/token`),
      tokenFrom(() => `http://${setup.registry.host}/token`, new Set()),
    );
    await using setup = await setUp(wrap, identity());
    await expect(setup.client.fetchManifest(setup.name)).rejects.toMatchObject({ code: "REDIRECT_REFUSED" });
    expect(heard).toEqual([]);
  });
});

describe("a registry that wants a login itself", () => {
  it("gets it, from the next request on without being asked", async () => {
    await using setup = await setUp(requireBasic(alice), storedLogin());
    await setup.client.fetchManifest(setup.name);
    await setup.client.fetchManifest(setup.name);
    expect(log(setup.registry)).toEqual([
      `GET ${manifest} - 401`,
      `GET ${manifest} Basic 200`,
      `GET ${manifest} Basic 200`,
    ]);
  });

  it("is an error that names the sources when none has one", async () => {
    await using setup = await setUp(requireBasic(alice));
    const { host } = setup.registry;
    await expect(setup.client.fetchManifest(setup.name)).rejects.toMatchObject({
      code: "UNAUTHORIZED",
      message: `failed to pull \`${host}/a/b:1\`: UNAUTHORIZED: authentication required (no login for ${host} in config.json)`,
      details: { credentialsSent: false },
      hint: `log in with \`greentic-dist auth login ${host}\`; \`greentic-dist auth status ${host}\` shows which logins are known`,
    });
    expect(setup.registry.requests).toHaveLength(1);
  });

  it("is an error that names the source when it refuses the login", async () => {
    await using setup = await setUp(requireBasic(alice), storedLogin("canary-wrong"));
    await expect(setup.client.fetchManifest(setup.name)).rejects.toMatchObject({
      code: "UNAUTHORIZED",
      details: { credentialsSent: true, tried: ["config.json: refused"] },
    });
    expect(setup.registry.requests).toHaveLength(2);
  });

  it("is not answered when its challenge cannot be read", async () => {
    const wrap = statusScript([
      { match: isManifest, status: 401, headers: { "www-authenticate": 'Basic realm="' } },
    ]);
    await using setup = await setUp(wrap, storedLogin());
    const { host } = setup.registry;
    await expect(setup.client.fetchManifest(setup.name)).rejects.toMatchObject({
      code: "UNAUTHORIZED",
      details: { tried: [`no login was sent: ${host} asks for one neither by Basic nor by Bearer`] },
    });
    expect(log(setup.registry)).toEqual([`GET ${manifest} - 401`]);
  });
});

describe("credentials stay where they belong", () => {
  it("a token service elsewhere is asked without the login", async () => {
    await using sink = await startServer(byLogin({ login: "caught", anonymous: "open" }));
    const realm = sink.url.replace("127.0.0.1", "localhost");
    await using setup = await setUp(
      tokenFrom(() => `${realm}/token`, new Set(["Bearer open"])),
      storedLogin(),
    );
    await setup.client.fetchManifest(setup.name);
    expect(log(sink)).toEqual(["GET /token - 200"]);
    expect(JSON.stringify([sink.requests, setup.registry.requests])).not.toContain(basicOfAlice.slice(6));
    expect(setup.warnings[0]).toContain(`config.json: withheld from ${new URL(realm).host}`);
  });

  it("and is named in the error when that does not do", async () => {
    await using sink = await startServer(
      byLogin({ login: "caught", anonymous: errorResponse(403, "DENIED", "no") }),
    );
    const realm = sink.url.replace("127.0.0.1", "localhost");
    await using setup = await setUp(
      tokenFrom(() => `${realm}/token`, new Set()),
      storedLogin(),
    );
    await expect(setup.client.fetchManifest(setup.name)).rejects.toMatchObject({
      code: "FORBIDDEN",
      message: expect.stringContaining(`config.json: withheld from ${new URL(realm).host}`),
    });
  });

  it("a token service that must not be asked is not", async () => {
    await using setup = await setUp(
      tokenFrom(() => "http://auth.example.com/token", new Set()),
      storedLogin(),
    );
    await expect(setup.client.fetchManifest(setup.name)).rejects.toMatchObject({
      code: "UNAUTHORIZED",
      message: `failed to pull \`${setup.registry.host}/a/b:1\`: ${setup.registry.host} sends us to \`http://auth.example.com/token\` for a token, and it is not https`,
    });
    expect(setup.registry.requests).toHaveLength(1);
  });

  it("a redirect of the token request to another origin loses the login", async () => {
    await using sink = await startServer(byLogin({ login: "caught", anonymous: "open" }));
    const wrap = compose(
      redirect(({ path }) => path === "/token", `${sink.url}/token`),
      tokenFrom(() => `http://${setup.registry.host}/token`, new Set(["Bearer open"])),
    );
    await using setup = await setUp(wrap, storedLogin());
    await setup.client.fetchManifest(setup.name);
    expect(log(sink)).toEqual(["GET /token - 200"]);
    expect(log(setup.registry)).toContain("GET /token Basic 307");
  });

  it("a challenge from where a redirect led is not answered", async () => {
    await using sink = await startServer(async () =>
      errorResponse(401, "UNAUTHORIZED", "log in", { "www-authenticate": "Basic realm=sink" }),
    );
    await using setup = await setUp(redirect(isManifest, `${sink.url}/x`), storedLogin());
    await expect(setup.client.fetchManifest(setup.name)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
    expect(log(sink)).toEqual(["GET /x - 401"]);
  });

  it("a token for one registry is not used for another that names the same realm", async () => {
    await using service = await startServer(byLogin({ login: "l", anonymous: "a" }));
    const wrap = tokenFrom(() => `${service.url}/token`, new Set(["Bearer l"]));
    await using setup = await setUp(wrap, storedLogin());
    await using other = await startRegistry({ wrap });
    await setup.client.fetchManifest(setup.name);
    await expect(setup.client.fetchManifest({ ...setup.name, registry: other.host })).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
    expect(service.requests).toHaveLength(2);
  });
});

describe("a token service", () => {
  it.each<[string, unknown]>([
    ["token", { token: "t" }],
    ["access_token", { access_token: "t" }],
    ["an empty token beside an access_token", { token: "", access_token: "t" }],
    ["8 KiB", { token: longToken }],
    ["a lifetime that is none", { token: "t", expires_in: "soon" }],
  ])("may answer with %s", async (_, answer) => {
    await using service = await startServer(async () => jsonResponse(200, answer));
    const good = new Set(["Bearer t", `Bearer ${longToken}`]);
    await using setup = await setUp(tokenFrom(() => service.url, good));
    expect((await setup.client.fetchManifest(setup.name)).manifest.kind).toBe("image");
  });

  it.each<[string, unknown]>([
    ["more than 16 KiB", { token: "t".repeat(16_385) }],
    ["a line break", { token: "t\r\nx-evil: 1" }],
    ["a space", { token: "a b" }],
    ["what is no ASCII", { token: "é" }],
    ["a number", { token: 7 }],
    ["nothing", {}],
    ["a list", ["t"]],
    ["more than 128 KiB", { token: "t", padding: "x".repeat(131_072) }],
  ])("cannot be used when it answers with %s", async (_, answer) => {
    await using service = await startServer(async () => jsonResponse(200, answer));
    await using setup = await setUp(tokenFrom(() => service.url, new Set(["Bearer t"])));
    await expect(setup.client.fetchManifest(setup.name)).rejects.toMatchObject({ code: "NETWORK" });
    expect(setup.registry.requests).toHaveLength(1);
  });

  it.each<[number, number]>([
    [-1, 60],
    [0, 60],
    [59, 60],
    [61, 61],
    [3600, 3600],
    [1e9, 3600],
  ])("that says %d seconds is believed for %d", async (said, kept) => {
    await using service = await startServer(async () => jsonResponse(200, { token: "t", expires_in: said }));
    await using setup = await setUp(tokenFrom(() => service.url, new Set(["Bearer t"])));
    await setup.client.fetchManifest(setup.name);
    setup.passTime(kept * 1000 - 1);
    await setup.client.fetchManifest(setup.name);
    expect(service.requests).toHaveLength(1);
    setup.passTime(1);
    await setup.client.fetchManifest(setup.name);
    expect(service.requests).toHaveLength(2);
  });

  it.each([
    [401, "UNAUTHORIZED"],
    [403, "FORBIDDEN"],
    [404, "NETWORK"],
    [429, "RATE_LIMITED"],
    [500, "NETWORK"],
    [204, "NETWORK"],
  ])("that answers %d: %s", async (status, code) => {
    await using service = await startServer(async () => new Response(null, { status }));
    await using setup = await setUp(tokenFrom(() => service.url, new Set()));
    const { host } = service;
    await expect(setup.client.fetchManifest(setup.name)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(`token service ${host} answered ${status}`),
      details: { status },
    });
  });

  it("that never answers does not hold a caller that has gone", async () => {
    const caller = new AbortController();
    await using service = await startServer(() => {
      caller.abort();
      return new Promise(() => {});
    });
    await using setup = await setUp(tokenFrom(() => service.url, new Set()));
    await expect(setup.client.fetchManifest(setup.name, { signal: caller.signal })).rejects.toMatchObject({
      code: "ABORTED",
    });
  });
});
