import { html as tag } from "hono/html";

/** Markup that {@link html} made: every text in it is escaped. */
export type Html = Awaited<ReturnType<typeof tag>>;

/** What may stand in markup: lists are joined, `undefined` is left out. */
export type HtmlValue = string | number | Html | undefined | readonly HtmlValue[];

/** Makes markup of a template. Texts in it are escaped, for content and for attributes in quotes. */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  const made = tag(strings, ...values);
  if (made instanceof Promise) throw new TypeError("markup waits for something");
  return made;
}
