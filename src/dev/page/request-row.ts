import { formatBytes, printable } from "../../core/index.ts";
import { type Html, html } from "./html.ts";

/** What the page needs of a request that is over. */
export interface SeenRequest {
  readonly method: string;
  /** The path as it was sent, with its query. */
  readonly target: string;
  readonly status: number;
  /** Of the body. */
  readonly bytesSent: number;
  readonly durationMs: number;
  /** Whether the whole response was sent. */
  readonly isComplete: boolean;
}

/** The same, and when it was over. */
export interface LoggedRequest extends SeenRequest {
  readonly atMs: number;
}

/** A request as a row of the page's log. The values of its query are not shown. */
export function requestRow(request: LoggedRequest): Html {
  const { method, target, status, bytesSent, durationMs, isComplete, atMs } = request;
  const at = new Date(atMs);
  const shown = printable(target).replaceAll(/(sha256(?::|%3a)[\da-f]{8})[\da-f]{56}/gi, "$1…");
  const end = isComplete ? undefined : html`<span class="tag bad">broken off</span>`;
  return html`<tr>
    <td class="when"><time datetime="${at.toISOString()}">${clockTime(at)}</time></td>
    <td class="what"><code>${printable(method)} ${pathHtml(shown)}</code> ${end}</td>
    <td class="number status s${Math.floor(status / 100)}">${status}</td>
    <td class="number">${formatBytes(bytesSent)}</td>
    <td class="number took">${Math.max(0, Math.round(durationMs))} ms</td>
  </tr>`;
}

/** A path that may be broken after each slash. */
function pathHtml(path: string): readonly Html[] {
  return path.split(/(?<=\/)/).map((part) => html`${part}<wbr />`);
}

/** As the clock on the server's wall shows it. */
function clockTime(at: Date): string {
  const parts = [at.getHours(), at.getMinutes(), at.getSeconds()];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}
