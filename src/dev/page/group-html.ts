import { formatBytes, visible } from "../../core/index.ts";
import type { SecretRequirement } from "../../distributor/index.ts";
import { isLoopbackHost } from "../../http/index.ts";
import type { WasmInspection } from "../../wasm/index.ts";
import { commandHtml, digestHtml } from "./copyable-html.ts";
import { type Html, html } from "./html.ts";
import type { ServedGroup, ServedVersion } from "./served-group.ts";

type Externs = WasmInspection["imports"];

/** Longer lists of imports and exports begin folded. */
const maxUnfolded = 6;
/** Of more than these only the number is shown. */
const maxShown = 200;

/** One component or pack with its versions: the first is shown whole, the others are folded. */
export function groupHtml(group: ServedGroup, host: string): Html {
  const { kind, id, secrets, versions } = group;
  const key = `${kind}:${id}`;
  return html`<article aria-labelledby="${key}">
    <h3 id="${key}">${id}</h3>
    ${secrets === undefined ? undefined : secretsHtml(group, secrets)}
    ${versions.map((one, index) => versionHtml(group, one, host, index === 0))}
  </article>`;
}

function versionHtml({ kind, id }: ServedGroup, one: ServedVersion, host: string, isOpen: boolean): Html {
  const { version, sizeBytes, isLatest, name, look } = one;
  const key = `${kind}:${id}:${version}`;
  const what = `${id} ${version}`;
  const pull =
    name === undefined
      ? html`<p class="flaw">
          Registries allow no such name, so it cannot be pulled: use lower-case letters.
        </p>`
      : commandHtml({
          id: `${key}:pull`,
          command: pullCommand(kind, host, `${name.repository}:${name.tag}`),
          what: `pull ${what}`,
        });
  return html`<details id="${key}" ${isOpen ? html` open` : undefined}>
    <summary id="${key}:summary">
      <span class="version">${version}</span> ${isLatest ? html`<span class="tag">latest</span>` : undefined}
      <span class="size">${formatBytes(sizeBytes)}</span>
    </summary>
    ${
      "failure" in look
        ? html`<p class="flaw">It cannot be read now: ${look.failure}</p>`
        : html`${pull}
            <dl>
              <dt>Content digest</dt>
              <dd>${digestHtml(`${key}:content`, look.layer.digest, `the content digest of ${what}`)}</dd>
              <dt>Manifest digest</dt>
              <dd>
                ${digestHtml(`${key}:manifest`, look.manifest.digest, `the manifest digest of ${what}`)}
              </dd>
              ${
                kind === "component"
                  ? componentHtml(key, look)
                  : html`<dt>Format</dt>
                      <dd>${look.facts.shape}</dd>`
              }
            </dl>`
    }
  </details>`;
}

function pullCommand(kind: ServedGroup["kind"], host: string, name: string): string {
  const reference = host.startsWith("[") ? `'${host}/${name}'` : `${host}/${name}`;
  const isLocal = isLoopbackHost(host.replace(/:\d+$/, ""));
  const words = [
    "greentic-dist",
    ...(kind === "pack" ? ["pack", "--allow-tags"] : ["pull"]),
    ...(isLocal ? [] : ["--insecure-registry", host]),
    reference,
  ];
  return words.join(" ");
}

function componentHtml(
  key: string,
  { facts }: Exclude<ServedVersion["look"], { readonly failure: string }>,
): Html {
  const { wasm, flaw = `expected a WebAssembly component, got a file of ${facts.shape} shape` } = facts;
  if (wasm === undefined)
    return html`<dt>Contents</dt>
      <dd class="flaw">${visible(flaw)}</dd>`;
  return html`${
      wasm.kind === "module"
        ? html`<dt>Contents</dt>
            <dd>a core module, no component</dd>`
        : undefined
    }
    <dt>Imports</dt>
    <dd>${externsHtml(`${key}:imports`, wasm.imports, "imports")}</dd>
    <dt>Exports</dt>
    <dd>${externsHtml(`${key}:exports`, wasm.exports, "exports")}</dd>`;
}

function externsHtml(id: string, externs: Externs, what: string): Html {
  if (externs.length === 0) return html`none`;
  const items = externs.slice(0, maxShown).map(
    ({ name, kind }) =>
      html`<li>
        <code><bdi>${visible(name)}</bdi></code> <span>${kind}</span>
      </li>`,
  );
  const more = externs.length - items.length;
  const list = html`<ul>
    ${items} ${more > 0 ? html`<li>and ${more} more</li>` : undefined}
  </ul>`;
  if (externs.length <= maxUnfolded) return list;
  return html`<details id="${id}">
    <summary id="${id}:summary">${externs.length} ${what}</summary>
    ${list}
  </details>`;
}

function secretsHtml({ kind, id }: ServedGroup, secrets: readonly SecretRequirement[]): Html {
  if (secrets.length === 0) return html`<p class="secrets">Needs no secrets.</p>`;
  const items = secrets.map(
    ({ key, required, description, format }) =>
      html`<li>
        <code><bdi>${visible(key)}</bdi></code>
        ${required ? undefined : html`<span class="tag">optional</span>`}
        ${description === undefined ? undefined : html`<bdi>${visible(description)}</bdi>`}
        ${format === undefined ? undefined : html`<span>${format}</span>`}
      </li>`,
  );
  const command = commandHtml({
    id: `${kind}:${id}:secrets`,
    command: `greentic-secrets init --pack ${id}`,
    what: `set the secrets of ${id}`,
  });
  return html`<div class="secrets">
    <h4>Secrets it needs</h4>
    <ul>
      ${items}
    </ul>
    ${kind === "pack" ? command : undefined}
  </div>`;
}
