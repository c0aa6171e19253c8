import { type Html, html } from "./html.ts";

/** A button that copies the text of the element before it, which without a script is not seen. */
function copyButton(id: string, what: string): Html {
  return html`<button type="button" id="${id}:copy" aria-label="Copy ${what}">Copy</button>`;
}

/** What {@link commandHtml} shows. */
export interface Command {
  /** Of the element that holds it. */
  readonly id: string;
  readonly command: string;
  /** What it does, as in `pull hello 1.0.0`. */
  readonly what: string;
}

/** A line for a shell, to be copied. */
export function commandHtml({ id, command, what }: Command): Html {
  return html`<div class="command copyable">
    <code id="${id}">${command}</code>${copyButton(id, `the command to ${what}`)}
  </div>`;
}

/** A digest, to be copied. All of it is there, however little is seen. */
export function digestHtml(id: string, digest: string, what: string): Html {
  return html`<div class="copyable">
    <code id="${id}" class="digest">${digest}</code>${copyButton(id, what)}
  </div>`;
}
