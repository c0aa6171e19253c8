import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

/** A server in a process of its own, with a temporary directory that goes away with it. */
export interface RunningServer extends AsyncDisposable {
  /** Origin, without a slash at its end. */
  readonly url: string;
  /** Temporary directory of the server. */
  readonly directory: string;
}

/** How long a server may take to listen, in milliseconds. */
const startMs = 20_000;

/** How a {@link startDockerRegistry} is started. */
export interface DockerRegistryOptions {
  /** Lines of an htpasswd file, with bcrypt hashes: who is let in. Default: everybody. */
  readonly htpasswd?: string | undefined;
  /** Origin of the registry that it is a pull-through cache of. Default: it is a registry of its own. */
  readonly cacheOf?: string | undefined;
  /** Takes the tokens of this service in place of logins. Default: none. */
  readonly token?: TokenAuthority | undefined;
  /** Whether manifests can be deleted. Default: true. */
  readonly deletes?: boolean | undefined;
  /** What it speaks TLS with. Default: it speaks plain http. */
  readonly tls?: Omit<Certificates, "ca"> | undefined;
}

/** Whose tokens a registry takes. */
export interface TokenAuthority {
  /** Where clients are sent for one. */
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  /** PEM certificates of the keys that tokens are signed with. */
  readonly certificates: string;
}

/** Debian's `docker-registry`, empty, on loopback. */
export async function startDockerRegistry({
  htpasswd,
  token,
  tls,
  cacheOf,
  deletes = true,
}: DockerRegistryOptions = {}): Promise<RunningServer> {
  const directory = await mkdtemp(join(tmpdir(), "registry-"));
  const port = await freePort();
  const config = join(directory, "config.yml");
  const logins = join(directory, "htpasswd");
  if (htpasswd !== undefined) await writeFile(logins, htpasswd);
  const bundle = join(directory, "tokens.pem");
  if (token !== undefined) await writeFile(bundle, token.certificates);
  const { realm, service, issuer } = token ?? {};
  const [certFile, keyFile] = [join(directory, "cert.pem"), join(directory, "key.pem")];
  if (tls !== undefined) await Promise.all([writeFile(certFile, tls.cert), writeFile(keyFile, tls.key)]);
  const secure = tls === undefined ? "" : `, tls: { certificate: ${certFile}, key: ${keyFile} }`;
  await writeFile(
    config,
    [
      "version: 0.1",
      ...(token === undefined
        ? []
        : [
            `auth: { token: { realm: "${realm}", service: "${service}", issuer: "${issuer}", rootcertbundle: ${bundle} } }`,
          ]),
      ...(htpasswd === undefined ? [] : [`auth: { htpasswd: { realm: test, path: ${logins} } }`]),
      ...(cacheOf === undefined ? [] : [`proxy: { remoteurl: ${cacheOf} }`]),
      "log: { level: error, accesslog: { disabled: true } }",
      `storage: { filesystem: { rootdirectory: ${join(directory, "data")} }, delete: { enabled: ${deletes} } }`,
      `http: { addr: 127.0.0.1:${port}, secret: test${secure} }`,
    ].join("\n"),
  );
  const server = await run("docker-registry", ["serve", config], port, directory);
  return tls === undefined ? server : { ...server, url: server.url.replace("http:", "https:") };
}

/**
 * Debian's nginx on loopback, in one process.
 * @param serverBlock what stands in the `server` block beside `listen`; `$directory` is the temporary directory
 * @param listen what follows the address in `listen`, as in `ssl`
 */
export async function startNginx(serverBlock: string, listen = ""): Promise<RunningServer> {
  const directory = await mkdtemp(join(tmpdir(), "nginx-"));
  const port = await freePort();
  const config = join(directory, "nginx.conf");
  const scratch = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  await writeFile(
    config,
    [
      `daemon off; master_process off; pid ${directory}/pid; error_log ${directory}/error.log; events {}`,
      "http {",
      `access_log off; ${scratch.map((name) => `${name}_temp_path ${directory}/${name};`).join(" ")}`,
      `server { listen 127.0.0.1:${port} ${listen}; ${serverBlock.replaceAll("$directory", directory)} }`,
      "}",
    ].join("\n"),
  );
  return run("nginx", ["-c", config, "-e", join(directory, "error.log")], port, directory);
}

/**
 * Debian's tinyproxy on loopback: a forward proxy, which reaches what it is asked for.
 * @param config lines of its configuration, as in `BasicAuth user password`
 */
export async function startTinyproxy(config = ""): Promise<RunningServer> {
  const directory = await mkdtemp(join(tmpdir(), "tinyproxy-"));
  const port = await freePort();
  const file = join(directory, "tinyproxy.conf");
  await writeFile(
    file,
    `Port ${port}\nListen 127.0.0.1\nTimeout 60\nLogFile "${directory}/log"\n${config}\n`,
  );
  return run("tinyproxy", ["-d", "-c", file], port, directory);
}

/**
 * A TCP port of 127.0.0.1 on which nobody listens. Below those that the kernel hands out, of which another test could get
 * this one before it is used.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().on("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** PEM texts of a server's key and certificate, and of the authority that signed it. */
export interface Certificates {
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
}

/** Makes an authority and a certificate for `names`, each as openssl writes them: `DNS:localhost`, `IP:127.0.0.1`. */
export function createCertificates(...names: readonly string[]): Promise<Certificates> {
  return issue(names, 2);
}

/** The same, with a certificate that is good no longer. */
export function createExpiredCertificates(...names: readonly string[]): Promise<Certificates> {
  return issue(names, -1);
}

async function issue(names: readonly string[], days: number): Promise<Certificates> {
  const directory = await mkdtemp(join(tmpdir(), "certificates-"));
  const at = (name: string): string => join(directory, name);
  const fresh = ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const authority = ["-x509", "-days", "2", "-subj", "/CN=test authority"];
  const subject = ["-subj", "/CN=test server", "-addext", `subjectAltName=${names.join(",")}`];
  const signer = ["-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-days", String(days)];
  try {
    await openssl([...fresh, ...authority, "-keyout", at("ca.key"), "-out", at("ca.pem")]);
    await openssl([...fresh, "-new", ...subject, "-keyout", at("key.pem"), "-out", at("request.pem")]);
    const copied = ["-copy_extensions", "copy", "-out", at("cert.pem")];
    await openssl(["x509", "-req", "-in", at("request.pem"), ...signer, ...copied]);
    const [key, cert, ca] = await Promise.all(
      ["key.pem", "cert.pem", "ca.pem"].map((name) => readFile(at(name), "utf8")),
    );
    return { key: key!, cert: cert!, ca: ca! };
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Runs `openssl`. */
export async function openssl(args: readonly string[]): Promise<void> {
  await promisify(execFile)("openssl", args).catch((error: NodeJS.ErrnoException) => {
    throw error.code === "ENOENT" ? missingProgram("openssl", error) : error;
  });
}

async function run(
  program: "docker-registry" | "nginx" | "tinyproxy",
  args: readonly string[],
  port: number,
  directory: string,
): Promise<RunningServer> {
  const child = spawn(program, args, {
    stdio: ["ignore", "ignore", "pipe"],
    env: { PATH: `${process.env["PATH"]}:/usr/sbin` },
  });
  const stop = async (): Promise<void> => {
    await end(child);
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await listening(program, child, port);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `http://127.0.0.1:${port}`, directory, [Symbol.asyncDispose]: stop };
}

async function listening(program: string, child: ChildProcess, port: number): Promise<void> {
  let said = "";
  let failure: Error | undefined;
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (said += text));
  child.on("error", (error: NodeJS.ErrnoException) => {
    failure = error.code === "ENOENT" ? missingProgram(program, error) : error;
  });
  child.on("exit", () => (failure ??= new Error(`${program} ended before it listened: ${said}`)));
  const deadline = performance.now() + startMs;
  while (!(await accepts(port))) {
    if (performance.now() > deadline) failure ??= new Error(`${program} does not listen: ${said}`);
    if (failure !== undefined) throw failure;
    await sleep(20);
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => resolve(true)).on("error", () => resolve(false));
    socket.on("connect", () => socket.destroy());
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill();
  await ended;
}

/** Tests never skip silently: what to do when a program that they need is not there. */
export function missingProgram(program: string, cause: Error, debianPackage: string = program): Error {
  const how = `sudo apt-get install ${debianPackage}`;
  return new Error(`${program} is missing; these tests need the Debian package ${debianPackage}: ${how}`, {
    cause,
  });
}
