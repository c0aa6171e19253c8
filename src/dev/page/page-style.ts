/** How the page looks: in light and in dark, from 360 pixels on. */
export const pageStyle: string = String.raw`
:root {
  color-scheme: light dark;
  --page: #f6f7f5; --card: #ffffff; --sunk: #f1f3f0; --line: #dfe3dd;
  --text: #1a1f1c; --quiet: #59625c; --accent: #0b6b5c; --accent-soft: #dff1ec;
  --warn: #8a5200; --bad: #b3261e;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", "Segoe UI Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #111513; --card: #191e1b; --sunk: #121614; --line: #2c332f;
    --text: #e6eae7; --quiet: #9da8a1; --accent: #62d2bb; --accent-soft: #16352e;
    --warn: #e9b45a; --bad: #ff8f85;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 84rem; padding: 0 1.5rem;
  background: var(--page); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
}
h1, h2, h3, h4, p, ul, dl, dd { margin: 0; padding: 0; }
code { font-family: var(--mono); font-size: 0.8125rem; overflow-wrap: anywhere; }
a { color: var(--accent); text-underline-offset: 0.2em; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
#served:focus { outline: none; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

header {
  display: flex; flex-wrap: wrap; align-items: center; gap: 0.75rem 1.5rem;
  padding: 1.5rem 0 1.25rem; border-bottom: 1px solid var(--line);
}
header > div { flex: 1 1 16rem; min-width: 0; }
h1 { font-size: 1.25rem; line-height: 1.3; letter-spacing: -0.01em; }
h1 span { color: var(--accent); }
header p { color: var(--quiet); font-size: 0.875rem; }
nav { display: flex; gap: 1.25rem; font-size: 0.875rem; }
#connection { padding: 0.125rem 0.625rem; border: 1px solid var(--line); border-radius: 1rem; font-size: 0.8125rem; }
#connection::before {
  content: ""; display: inline-block; width: 0.5rem; height: 0.5rem; margin-right: 0.5rem;
  border-radius: 50%; background: var(--quiet);
}
#connection.live::before { background: var(--accent); }
#connection.waiting::before { background: var(--warn); }
#connection.off::before { background: var(--bad); }

main { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0 2.5rem; }
section { padding-top: 1.5rem; }
h2 {
  margin-bottom: 0.75rem; font-size: 0.8125rem; font-weight: 600; color: var(--quiet);
  text-transform: uppercase; letter-spacing: 0.06em; scroll-margin-top: 1rem;
}
#summary { padding-top: 1.25rem; font-size: 1.125rem; font-weight: 600; }
#summary + section { padding-top: 1rem; }
.none, #quiet { color: var(--quiet); font-size: 0.875rem; }

article, .note {
  margin-bottom: 1rem; padding: 1rem 1.25rem; min-width: 0;
  background: var(--card); border: 1px solid var(--line); border-radius: 10px;
}
.note { margin: 1rem 0 0; font-size: 0.9375rem; display: grid; gap: 0.75rem; }
.note .command { margin: 0; }
.warning { border-left: 3px solid var(--warn); gap: 0.25rem; font-size: 0.875rem; overflow-wrap: anywhere; }
.warning h2 { margin: 0; color: var(--warn); }
.note dl { grid-template-columns: minmax(0, auto) minmax(0, 1fr); }
h3 { font-size: 1.0625rem; line-height: 1.4; overflow-wrap: anywhere; }
h4 { font-size: 0.8125rem; font-weight: 600; color: var(--quiet); }
details { min-width: 0; }
article > details { margin-top: 0.5rem; padding-top: 0.5rem; border-top: 1px solid var(--line); }
summary { cursor: pointer; }
article > details > summary {
  display: flex; align-items: baseline; flex-wrap: wrap; gap: 0 0.625rem; position: relative; padding-left: 1.375rem; list-style: none;
}
article > details > summary::-webkit-details-marker { display: none; }
article > details > summary::before {
  content: ""; position: absolute; left: 0.25rem; top: 0.5rem; width: 0.4rem; height: 0.4rem;
  border: solid var(--quiet); border-width: 0 1.5px 1.5px 0; transform: rotate(-45deg);
}
article > details[open] > summary::before { transform: translateY(-0.1rem) rotate(45deg); }
.version { font-weight: 600; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; min-width: 0; }
.size { margin-left: auto; color: var(--quiet); font-size: 0.875rem; font-variant-numeric: tabular-nums; text-align: right; }
.tag {
  padding: 0 0.4375rem; border-radius: 1rem; background: var(--accent-soft); color: var(--accent);
  font-size: 0.75rem; font-weight: 600; white-space: nowrap;
}
.tag.bad { background: none; border: 1px solid; color: var(--bad); }
.flaw { color: var(--warn); font-size: 0.875rem; overflow-wrap: anywhere; }
details > .flaw { margin: 0.5rem 0; }

.copyable { display: flex; align-items: baseline; gap: 0.5rem; min-width: 0; }
.copyable > code { flex: 0 1 auto; min-width: 0; }
.command { align-items: center; margin: 0.625rem 0; padding: 0.375rem 0.375rem 0.375rem 0.75rem; background: var(--sunk); border: 1px solid var(--line); border-radius: 7px; }
.command > code { flex: 1; }
.copyable > code { user-select: all; }
.digest + button { border-color: transparent; background: none; color: var(--quiet); min-height: 1.5rem; min-width: 3.75em; }
.digest { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; overflow-wrap: normal; max-width: 21rem; }
button {
  display: none; flex: none; min-width: 4.5em; min-height: 1.75rem; padding: 0 0.5rem; border: 1px solid var(--line); border-radius: 6px;
  background: var(--card); color: var(--text); font: 600 0.75rem/1 inherit; font-family: inherit; cursor: pointer;
}
.scripted button { display: inline-block; }
button:hover { border-color: var(--accent); color: var(--accent); }

dl { display: grid; grid-template-columns: 8rem minmax(0, 1fr); gap: 0.25rem 0.75rem; font-size: 0.875rem; align-items: baseline; }
article dt, article dd { padding: 0.125rem 0; }
dt { color: var(--quiet); }
ul { list-style: none; }
dd summary { color: var(--accent); }
li > span:not(.tag) { color: var(--quiet); font-size: 0.8125rem; }
.secrets { margin-top: 0.5rem; font-size: 0.875rem; }
.secrets li { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 0.625rem; overflow-wrap: anywhere; }

table { width: 100%; border-collapse: collapse; font-size: 0.8125rem; }
th { text-align: left; font-weight: 600; color: var(--quiet); }
th, td { padding: 0.375rem 0.5rem; border-bottom: 1px solid var(--line); vertical-align: baseline; }
th:first-child, td:first-child { padding-left: 0; }
th:last-child, td:last-child { padding-right: 0; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.when { color: var(--quiet); font-variant-numeric: tabular-nums; white-space: nowrap; }
.what { width: 100%; }
td code { font-size: 0.75rem; }
.s4 { color: var(--warn); font-weight: 600; }
.s5 { color: var(--bad); font-weight: 600; }
#quiet { margin-top: 0.625rem; }

footer { margin-top: 2rem; padding: 1rem 0 2rem; border-top: 1px solid var(--line); color: var(--quiet); font-size: 0.8125rem; }

@media (min-width: 68rem) {
  main { grid-template-columns: minmax(0, 1fr) 30rem; }
  .log { position: sticky; top: 0; align-self: start; max-height: 100vh; overflow-y: auto; padding-bottom: 1rem; }
}
@media (max-width: 36rem) {
  body { padding: 0 1rem; }
  article, .note { padding: 0.875rem 1rem; }
  dl, .note dl { grid-template-columns: minmax(0, 1fr); gap: 0; }
  dd { margin-bottom: 0.375rem; }
  .took { display: none; }
}
@media (prefers-reduced-motion: no-preference) {
  .new { animation: new 1.5s ease-out; }
  @keyframes new { from { background: var(--accent-soft); } }
}
`;
