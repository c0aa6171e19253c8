import { basename, dirname, join, sep } from "node:path";
import { raw } from "hono/html";
import { version, visible } from "../../core/index.ts";
import { type Html, html } from "./html.ts";
import { groupHtml } from "./group-html.ts";
import { commandHtml } from "./copyable-html.ts";
import { pageScript } from "./page-script.ts";
import { pageStyle } from "./page-style.ts";
import { type LoggedRequest, requestRow } from "./request-row.ts";
import type { ServedGroup } from "./served-group.ts";

/** What the page shows. */
export interface PageView {
  /** Under which the page was asked for, and artifacts can be. */
  readonly host: string;
  /** The folder that is served. */
  readonly root: string;
  readonly needsToken: boolean;
  readonly groups: readonly ServedGroup[];
  /** A sentence for each file that is not served. */
  readonly complaints: readonly string[];
  /** The newest first. */
  readonly log: readonly LoggedRequest[];
  /** The id of the last event that the view has in it. */
  readonly lastEvent: string;
}

/** The whole page. It needs nothing but itself: style and script are in it. */
export function pageHtml(view: PageView): Html {
  const { host, root, needsToken, groups, complaints, log, lastEvent } = view;
  // Where the folder lies on the server is nobody's business, what it is called helps.
  const folder = visible(join("…", basename(dirname(root)), basename(root)));
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${summaryOf(groups)} · greentic-dist dev</title>
        <link rel="icon" href="${icon}" />
        ${raw(`<style>${pageStyle}</style>`)}
      </head>
      <body data-last-event="${lastEvent}">
        <header>
          <div>
            <h1>greentic-dist <span>dev</span></h1>
            <p>Serves <code class="path">${folder}</code> at <code>${host}</code></p>
          </div>
          <nav aria-label="On this page">
            <a href="#components">Components</a> <a href="#packs">Packs</a> <a href="#requests">Requests</a>
          </nav>
          <p id="connection" hidden></p>
        </header>
        <main>
          <div id="served" tabindex="-1">
            <p id="summary">${summaryOf(groups)}</p>
            ${needsToken ? tokenHtml(host) : undefined}
            ${complaints.length === 0 ? undefined : complaintsHtml(complaints, root)}
            ${groups.length === 0 ? emptyHtml(folder) : undefined}
            ${sectionHtml(
              "Components",
              groups.filter(({ kind }) => kind === "component"),
              host,
            )}
            ${sectionHtml(
              "Packs",
              groups.filter(({ kind }) => kind === "pack"),
              host,
            )}
          </div>
          <section class="log" aria-labelledby="requests">
            <h2 id="requests">Requests</h2>
            <table aria-labelledby="requests">
              <thead>
                <tr>
                  <th scope="col">Time</th>
                  <th scope="col">Request</th>
                  <th scope="col" class="number">Status</th>
                  <th scope="col" class="number">Sent</th>
                  <th scope="col" class="number took">Took</th>
                </tr>
              </thead>
              <tbody id="log">
                ${log.map(requestRow)}
              </tbody>
            </table>
            ${log.length === 0 ? html`<p id="quiet">None yet. They are shown here as they are answered.</p>` : undefined}
          </section>
        </main>
        <footer>
          <p>
            greentic-dist ${version} · <a href="/openapi.json">OpenAPI document</a> ·
            <a href="/metrics">Metrics</a> ·
            <a href="/v2/_catalog">Repositories</a>
          </p>
        </footer>
        <p id="status" role="status" class="unseen"></p>
        ${raw(`<script>${pageScript}</script>`)}
      </body>
    </html> `;
}

const maxComplaints = 20;

/** A box in the two tones of the page. */
const icon =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E" +
  "%3Crect width='16' height='16' rx='4' fill='%230b6b5c'/%3E" +
  "%3Cpath d='M4 6l4-2 4 2v4l-4 2-4-2zM4 6l4 2 4-2M8 8v4' fill='none' stroke='white'/%3E%3C/svg%3E";

function summaryOf(groups: readonly ServedGroup[]): string {
  if (groups.length === 0) return "Nothing is served yet";
  const count = (kind: ServedGroup["kind"]): string => {
    const { length } = groups.filter((group) => group.kind === kind);
    return `${length} ${kind}${length === 1 ? "" : "s"}`;
  };
  return `${count("component")}, ${count("pack")}`;
}

function sectionHtml(title: "Components" | "Packs", groups: readonly ServedGroup[], host: string): Html {
  const id = title.toLowerCase();
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${title}</h2>
    ${groups.length === 0 ? html`<p class="none">None.</p>` : groups.map((group) => groupHtml(group, host))}
  </section>`;
}

function complaintsHtml(complaints: readonly string[], root: string): Html {
  const shown = complaints.slice(0, maxComplaints);
  const more = complaints.length - shown.length;
  const items = shown.map((one) => {
    const sentence = visible(one.replaceAll(root + sep, "").replaceAll(root, "the folder"));
    const parts = sentence.split("`");
    return html`<li>
      ${parts.map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}
    </li>`;
  });
  return html`<div class="note warning">
    <h2>Not served</h2>
    <ul>
      ${items} ${more > 0 ? html`<li>and ${more} more</li>` : undefined}
    </ul>
  </div>`;
}

function tokenHtml(host: string): Html {
  return html`<div class="note">
    <p>This server wants its token. Log in once before you pull; the token is the password.</p>
    ${commandHtml({ id: "login", command: `greentic-dist auth login ${host} --username dev`, what: "log in" })}
  </div>`;
}

function emptyHtml(folder: string): Html {
  return html`<div class="note">
    <p>Put files into <code>${folder}</code>, and they are shown here at once:</p>
    <dl class="files">
      <dt><code>components/hello-1.0.0.wasm</code></dt>
      <dd>a component: its id, a version and <code>.wasm</code></dd>
      <dt><code>packs/demo-1.0.0.gtpack</code></dt>
      <dd>a pack, in the same way</dd>
      <dt><code>distributor.json</code></dt>
      <dd>when you like: the secrets that packs need, and which version <code>latest</code> means</dd>
    </dl>
    <p>
      <code>components/hello/1.0.0/component.wasm</code> and <code>packs/demo/1.0.0/pack.gtpack</code> do as
      well.
    </p>
  </div>`;
}
