import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer } from "node:net";
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
}

/** Debian's `docker-registry`, empty, on loopback. */
export async function startDockerRegistry({ htpasswd }: DockerRegistryOptions = {}): Promise<RunningServer> {
  const directory = await mkdtemp(join(tmpdir(), "registry-"));
  const port = await freePort();
  const config = join(directory, "config.yml");
  const logins = join(directory, "htpasswd");
  if (htpasswd !== undefined) await writeFile(logins, htpasswd);
  await writeFile(
    config,
    [
      "version: 0.1",
      ...(htpasswd === undefined ? [] : [`auth: { htpasswd: { realm: test, path: ${logins} } }`]),
      "log: { level: error, accesslog: { disabled: true } }",
      `storage: { filesystem: { rootdirectory: ${join(directory, "data")} }, delete: { enabled: true } }`,
      `http: { addr: 127.0.0.1:${port}, secret: test }`,
    ].join("\n"),
  );
  return run("docker-registry", ["serve", config], port, directory);
}

/**
 * Debian's nginx on loopback, in one process.
 * @param serverBlock what stands in the `server` block beside `listen`; `$directory` is the temporary directory
 */
export async function startNginx(serverBlock: string): Promise<RunningServer> {
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
      `server { listen 127.0.0.1:${port}; ${serverBlock.replaceAll("$directory", directory)} }`,
      "}",
    ].join("\n"),
  );
  return run("nginx", ["-c", config, "-e", join(directory, "error.log")], port, directory);
}

/** A TCP port of 127.0.0.1 on which nobody listens at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** PEM texts of a server's key and certificate, and of the authority that signed it. */
export interface Certificates {
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
}

/** Makes an authority and a certificate for `names`, each as openssl writes them: `DNS:localhost`, `IP:127.0.0.1`. */
export async function createCertificates(...names: readonly string[]): Promise<Certificates> {
  const directory = await mkdtemp(join(tmpdir(), "certificates-"));
  const at = (name: string): string => join(directory, name);
  const fresh = [
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-days",
    "2",
  ];
  try {
    await openssl([...fresh, "-subj", "/CN=test authority", "-keyout", at("ca.key"), "-out", at("ca.pem")]);
    const files = [
      "-keyout",
      at("key.pem"),
      "-out",
      at("cert.pem"),
      "-CA",
      at("ca.pem"),
      "-CAkey",
      at("ca.key"),
    ];
    const subject = ["-subj", "/CN=test server", "-addext", `subjectAltName=${names.join(",")}`];
    await openssl([...fresh, ...subject, ...files]);
    const [key, cert, ca] = await Promise.all(
      ["key.pem", "cert.pem", "ca.pem"].map((name) => readFile(at(name), "utf8")),
    );
    return { key: key!, cert: cert!, ca: ca! };
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function openssl(args: readonly string[]): Promise<void> {
  await promisify(execFile)("openssl", args).catch((error: NodeJS.ErrnoException) => {
    throw error.code === "ENOENT" ? missingProgram("openssl", error) : error;
  });
}

async function run(
  program: "docker-registry" | "nginx",
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
