import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bytesOf, smallComponent } from "../support/artifacts.ts";
import { launchBrowser } from "../support/browser.ts";
import { type DevProcess, startDev } from "../support/dev-process.ts";
import { freePort } from "../support/servers.ts";
import { tempDir, type TempDir } from "../support/temp-dir.ts";
import { type Command, createCommand } from "./support/command.ts";

const longId = `a${"-very-long-name".repeat(7)}`;
const longVersion = `1.0.0-alpha.${"0123456789".repeat(8)}x`;
const hostileModule = `(module
  (func (export "<script>alert(1)</script>")) (func (export "<img src=x onerror=alert(1)>"))
  (func (export "a\\e2\\80\\aeb")) (func (export "${"x".repeat(3000)}")) (func (export "\\"' onclick=alert(1) x="))
  (func (export "6")) (func (export "7")))`;
const settings = {
  packs: {
    support: {
      secret_requirements: [
        { key: "SMTP_PASSWORD", description: "<b>for the mail</b> server", format: "text" },
        { key: "WEBHOOK_KEY", required: false },
      ],
    },
  },
};

let dir: TempDir;
let served: DevProcess;
let host: string;
let command: Command;
let browser: Browser;

const write = async (path: string, bytes: Uint8Array | string): Promise<void> => {
  await mkdir(dirname(join(dir.path, path)), { recursive: true });
  await writeFile(join(dir.path, path), bytes);
};

beforeAll(async () => {
  dir = await tempDir();
  await write("components/hello-1.0.0.wasm", smallComponent);
  await write("components/hello-1.1.0.wasm", smallComponent);
  await write("components/hostile-1.0.0.wasm", await parse(hostileModule));
  await write(`components/${longId}-${longVersion}.wasm`, smallComponent);
  await write("components/<script>alert(1)<script>.wasm", smallComponent);
  await write("packs/support-2.0.0.gtpack", bytesOf(48_000, "support"));
  await write("distributor.json", JSON.stringify(settings));
  served = await startDev(["--root", dir.path]);
  host = new URL(served.url).host;
  command = await createCommand();
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await served?.[Symbol.asyncDispose]();
  await command?.[Symbol.asyncDispose]();
  await dir?.[Symbol.asyncDispose]();
});

interface Opened extends AsyncDisposable {
  readonly page: Page;
  /** Errors on the console, dialogs, and requests to other origins. */
  readonly problems: readonly string[];
}

/** Loads the page in a context of its own; waits until it follows the server, where it can. */
async function open(options: BrowserContextOptions = {}, url: string = served.url): Promise<Opened> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(10_000);
  const problems: string[] = [];
  const page = await context.newPage();
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("dialog", (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(`${url}/`) && !request.url().startsWith("data:"))
      problems.push(`request to ${request.url()}`);
  });
  await page.goto(url);
  if (options.javaScriptEnabled !== false) await page.getByText("Live", { exact: true }).waitFor();
  return { page, problems, [Symbol.asyncDispose]: () => context.close() };
}

const clipboard = { permissions: ["clipboard-read", "clipboard-write"] };
const copied = (page: Page): Promise<string> => page.evaluate("navigator.clipboard.readText()");

/** Every text of the page that is seen and stands out from what is behind it less than WCAG 2.2 asks for (AA: 4.5). */
const faintTexts = `(() => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((one) => one / 255).map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (element) => {
    const color = channels(getComputedStyle(element).backgroundColor);
    return color[3] === 0 && element.parentElement ? behind(element.parentElement) : color;
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const faint = [];
  let seen = 0;
  while (texts.nextNode()) {
    const { parentElement: element, textContent } = texts.currentNode;
    if (textContent.trim() === "" || !element.checkVisibility()) continue;
    seen += 1;
    const [a, b] = [light(channels(getComputedStyle(element).color)), light(behind(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) faint.push(textContent.trim() + " " + contrast.toFixed(2));
  }
  return { faint, seen };
})()`;

/** Whether the page is wider than what shows it. */
const overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth";

test("shows what is served, and asks nobody else for anything", async () => {
  await using opened = await open();
  const { page, problems } = opened;
  const hello = page.getByRole("article", { name: "hello", exact: true });
  expect(await hello.getByText(/^1\.\d\.0$/).allTextContents()).toEqual(["1.1.0", "1.0.0"]);
  expect(await hello.getByText("latest").count()).toBe(1);
  expect(await hello.getByText("greet", { exact: true }).first().isVisible()).toBe(true);
  expect(await hello.getByText(`greentic-dist pull ${host}/components/hello:1.0.0`).isVisible()).toBe(false);
  await hello.getByText("1.0.0", { exact: true }).click();
  expect(await hello.getByText(`greentic-dist pull ${host}/components/hello:1.0.0`).isVisible()).toBe(true);
  const support = page.getByRole("article", { name: "support" });
  expect(await support.getByText("<b>for the mail</b> server").isVisible()).toBe(true);
  expect(await support.getByText("greentic-secrets init --pack support").isVisible()).toBe(true);
  expect(await support.getByText("46.9 KiB").isVisible()).toBe(true);
  expect(problems).toEqual([]);
});

test("names that try to be markup, turn around or never end are text, and fit", async () => {
  await using opened = await open({ viewport: { width: 360, height: 700 } });
  const { page, problems } = opened;
  await page.getByText("7 exports").click();
  expect(await page.getByText("<script>alert(1)</script>").isVisible()).toBe(true);
  expect(await page.getByText("a\\u{202e}b").isVisible()).toBe(true);
  expect(await page.getByText("components/<script>alert(1)<script>.wasm").isVisible()).toBe(true);
  expect(await page.getByRole("heading", { name: longId }).isVisible()).toBe(true);
  for (const width of [360, 700, 1100, 1600]) {
    await page.setViewportSize({ width, height: 700 });
    expect([width, await page.evaluate(overflow)]).toEqual([width, 0]);
  }
  expect(problems).toEqual([]);
});

describe("the buttons", () => {
  test("copy a command that works as it is", async () => {
    await using opened = await open(clipboard);
    const { page, problems } = opened;
    const button = page.getByRole("button", { name: "Copy the command to pull hello 1.1.0" });
    await button.click();
    await page.getByRole("status").getByText("Copied").waitFor({ state: "attached" });
    const line = await copied(page);
    expect(line).toBe(`greentic-dist pull ${host}/components/hello:1.1.0`);
    const { code, stdout } = await command.run(line.split(" ").slice(1));
    expect([code, stdout]).toEqual([0, expect.stringContaining("component.wasm")]);
    expect(problems).toEqual([]);
  });

  test("copy a digest whole that is seen in part, and the pull of a pack works too", async () => {
    await using opened = await open({ ...clipboard, viewport: { width: 360, height: 700 } });
    const { page } = opened;
    await page.getByRole("button", { name: "Copy the content digest of hello 1.1.0" }).click();
    expect(await copied(page)).toMatch(/^sha256:[0-9a-f]{64}$/);
    await page.getByRole("button", { name: "Copy the command to pull support 2.0.0" }).click();
    const { code } = await command.run((await copied(page)).split(" ").slice(1));
    expect(code).toBe(0);
  });

  test("copy where browsers keep the clipboard from pages", async () => {
    await using opened = await open(clipboard);
    const { page } = opened;
    await page.evaluate("Object.defineProperty(navigator.clipboard, 'writeText', { value: undefined })");
    await page.getByRole("button", { name: "Copy the command to set the secrets of support" }).click();
    await page.getByRole("status").getByText("Copied").waitFor({ state: "attached" });
    expect(await copied(page)).toBe("greentic-secrets init --pack support");
  });
});

describe("without being loaded again", () => {
  test("shows files that come and go, and leaves open what was opened and the focus where it was", async () => {
    await using opened = await open();
    const { page, problems } = opened;
    const summary = page.locator("summary").filter({ hasText: "1.0.0" }).nth(1);
    await summary.click();
    await page.getByRole("button", { name: "Copy the manifest digest of hello 1.0.0" }).focus();
    await write("components/newcomer/3.2.1/component.wasm", smallComponent);
    await page.getByRole("heading", { name: "newcomer" }).waitFor();
    await page.getByRole("status").getByText("4 components, 1 pack").waitFor({ state: "attached" });
    expect(await page.evaluate("document.activeElement.ariaLabel")).toBe(
      "Copy the manifest digest of hello 1.0.0",
    );
    await rm(join(dir.path, "components/newcomer"), { recursive: true });
    await page.getByRole("heading", { name: "newcomer" }).waitFor({ state: "detached" });
    expect(problems).toEqual([]);
  });

  test("shows the requests of a pull", async () => {
    await using opened = await open();
    const { page, problems } = opened;
    await using fresh = await createCommand();
    const rows = page.getByRole("table", { name: "Requests" }).getByRole("row");
    const before = await rows.count();
    expect((await fresh.run(["pull", `${host}/components/hello:1.0.0`])).code).toBe(0);
    const first = rows.filter({ hasText: "GET /v2/components/hello/manifests/1.0.0" }).first();
    await first.waitFor();
    expect(await first.getByRole("cell").nth(2).textContent()).toBe("200");
    await rows
      .filter({ hasText: /blobs\/sha256:[0-9a-f]{8}…/ })
      .first()
      .waitFor();
    expect(await rows.count()).toBeGreaterThanOrEqual(Math.min(before + 2, 51));
    await page
      .getByRole("status")
      .getByText(/\d new requests?/)
      .waitFor({ state: "attached" });
    await page.reload();
    await first.waitFor();
    expect(problems).toEqual([]);
  });

  test("comes back when the server does, and shows what changed meanwhile", async () => {
    await using own = await tempDir();
    await mkdir(join(own.path, "components"));
    await writeFile(join(own.path, "components/former-1.0.0.wasm"), smallComponent);
    const args = ["--root", own.path, "--port", String(await freePort())];
    const former = await startDev(args);
    await using opened = await open({}, former.url);
    const { page } = opened;
    await former.stop("SIGTERM");
    await page.getByText("Connecting again…").waitFor();
    await writeFile(join(own.path, "components/later-1.0.0.wasm"), smallComponent);
    await using _later = await startDev(args);
    await page.getByRole("heading", { name: "later" }).waitFor();
    await page.getByText("Live", { exact: true }).waitFor();
    expect(await page.getByRole("article").count()).toBe(2);
  });
});

test("can be used with the keyboard alone, and shows where one is", async () => {
  await using opened = await open(clipboard);
  const { page, problems } = opened;
  const names: string[] = [];
  for (let count = 0; count < 60; count++) {
    await page.keyboard.press("Tab");
    const [name, isShown] = await page.evaluate<[string, boolean]>(
      "(({ ariaLabel, innerText, tagName }) => [tagName === 'BODY' ? '' : ariaLabel ?? innerText, getComputedStyle(document.activeElement).outlineStyle === 'solid'])(document.activeElement)",
    );
    if (name === "") break;
    expect([name, isShown]).toEqual([name, true]);
    names.push(name.replaceAll(/\s+/g, " ").trim());
    if (name.startsWith("1.0.0") && names.at(-2)?.endsWith("manifest digest of hello 1.1.0") === true)
      await page.keyboard.press("Enter");
    if (!name.endsWith("content digest of hello 1.0.0")) continue;
    await page.keyboard.press("Space");
    await page.getByRole("status").getByText("Copied").waitFor({ state: "attached" });
    expect(await copied(page)).toMatch(/^sha256:[0-9a-f]{64}$/);
  }
  for (const expected of [
    "Requests",
    "Copy the content digest of hello 1.0.0",
    "1.1.0 latest 552 B",
    "Copy the command to pull hello 1.1.0",
    "Copy the command to pull hello 1.0.0",
    "7 exports",
    "Copy the command to set the secrets of support",
    "Metrics",
  ])
    expect(names).toContain(expected);
  expect(names.indexOf("Components")).toBeLessThan(names.indexOf("1.1.0 latest 552 B"));
  expect(problems).toEqual([]);
});

test.each(["light", "dark"] as const)("every text can be read in %s", async (colorScheme) => {
  await using opened = await open({ colorScheme });
  const { page } = opened;
  await fetch(`${served.url}/v2/components/nothing/manifests/1`);
  await page.getByRole("cell", { name: "404" }).first().waitFor();
  await page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))");
  await page.emulateMedia({ reducedMotion: "reduce" });
  const { faint, seen } = await page.evaluate<{ faint: readonly string[]; seen: number }>(faintTexts);
  expect(faint).toEqual([]);
  expect(seen).toBeGreaterThan(60);
  const background = await page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
  expect(Number(/\d+/.exec(background)) < 128).toBe(colorScheme === "dark");
});

test("moves nothing for those who asked for less motion", async () => {
  await using opened = await open({ reducedMotion: "reduce" });
  const { page } = opened;
  await fetch(`${served.url}/v2/`);
  await page.locator("tr.new").first().waitFor();
  expect(await page.evaluate("document.getAnimations().length")).toBe(0);
});

test("says what it has to those who do not see it", async () => {
  await using opened = await open();
  const tree = await opened.page.locator("body").ariaSnapshot();
  for (const line of [
    "banner:",
    'heading "greentic-dist dev" [level=1]',
    'navigation "On this page":',
    "main:",
    'region "Components":',
    'article "hello":',
    'heading "hello" [level=3]',
    'button "Copy the command to pull hello 1.1.0"',
    'region "Packs":',
    'region "Requests":',
    'table "Requests":',
    'columnheader "Status"',
    "contentinfo:",
    "status",
  ])
    expect(tree).toContain(line);
});

test("is whole without a script", async () => {
  await using opened = await open({ javaScriptEnabled: false });
  const { page, problems } = opened;
  expect(await page.getByText(`greentic-dist pull ${host}/components/hello:1.1.0`).isVisible()).toBe(true);
  expect(await page.getByRole("button").count()).toBe(0);
  await page.getByText("7 exports").click();
  expect(await page.getByText("<script>alert(1)</script>").isVisible()).toBe(true);
  expect(problems).toEqual([]);
});

describe("with a token", () => {
  const token = "canary-token";
  let guarded: DevProcess;
  beforeAll(async () => {
    guarded = await startDev(["--root", dir.path], { GREENTIC_DIST_DEV_TOKEN: token });
  });
  afterAll(() => guarded[Symbol.asyncDispose]());

  test("the page is shown to who has it, follows the server, and never holds it", async () => {
    const httpCredentials = { username: "anyone", password: token };
    await using opened = await open({ httpCredentials }, guarded.url);
    const { page, problems } = opened;
    expect(await page.getByText(`greentic-dist auth login ${new URL(guarded.url).host}`).isVisible()).toBe(
      true,
    );
    await fetch(`${guarded.url}/v2/`);
    await page.getByRole("cell", { name: "401" }).first().waitFor();
    expect(await page.content()).not.toContain(token);
    expect(page.url()).not.toContain(token);
    expect(await page.evaluate("document.cookie")).toBe("");
    expect(problems).toEqual([]);
  });

  test("who does not have it is asked for it, and told nothing", async () => {
    for (const path of ["/", "/events"]) {
      const { status, headers, body } = await fetch(guarded.url + path);
      await body?.cancel();
      expect([status, headers.get("www-authenticate")]).toEqual([
        401,
        expect.stringMatching(/^Basic realm=/),
      ]);
    }
  });
});
