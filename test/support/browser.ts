import { type Browser, chromium } from "playwright-core";

declare global {
  // Names of the DOM that playwright-core's types mention; nothing here runs in a browser, so there are no others.
  interface Node {}
  interface HTMLElement extends Node {}
  interface SVGElement extends Node {}
  interface HTMLElementTagNameMap {}
}

/** Starts Debian's Chromium; it may not put itself into a sandbox when it is started by root. */
export async function launchBrowser(): Promise<Browser> {
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return chromium.launch({ executablePath: "/usr/bin/chromium", args });
}
