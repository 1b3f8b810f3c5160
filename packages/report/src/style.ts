/** The page's own style sheet: no fonts, pictures or scripts from elsewhere. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#fbfaf7, #15171a);
  --ink: light-dark(#1c1e21, #e8e6e1);
  --soft: light-dark(#5b6067, #a3a7ad);
  --line: light-dark(#dcd9d1, #33373d);
  --plain: light-dark(#b9bec6, #565d67);
  --accent: light-dark(#1f6f5c, #5cc7a8);
  --heat: light-dark(#0f5345, #267a66);
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 1rem/1.55 system-ui, sans-serif; }
main { max-width: 56rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .6rem; letter-spacing: -.01em; text-wrap: balance; }
h2 { font-size: 1.15rem; margin: 2.6rem 0 .6rem; }
p { margin: .5rem 0; max-width: 44rem; }
.lead { font-size: 1.1rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); font-size: .9rem; padding-bottom: .5rem; }
th, td { padding: .38rem .6rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--soft); font-weight: 500; font-size: .88rem; }
tbody th { font-weight: 400; }
tr.main th, tr.main td { font-weight: 650; }
td.bar { width: 100%; min-width: 7rem; }
.bar svg { display: block; width: 100%; height: 1.1rem; overflow: visible; }
.bar rect { fill: var(--plain); }
.main .bar rect { fill: var(--accent); }
.bar line { stroke: var(--ink); stroke-width: 1.5; vector-effect: non-scaling-stroke; }
.heat { width: auto; border-spacing: 3px; border-collapse: separate; }
.heat td { min-width: 5.5rem; text-align: center; border: 0; border-radius: .3rem; color: light-dark(#000, #fff);
  background: color-mix(in oklab, var(--heat) calc(var(--w) * 100%), var(--ground)); }
.heat td.strong { color: #fff; }
.heat th { border: 0; }
.heat thead th:not(:first-child) { text-align: center; }
figure { margin: 0; }
figure svg { width: 100%; height: auto; }
figcaption { color: var(--soft); font-size: .9rem; }
.axis { stroke: var(--line); stroke-width: 1; }
svg text { fill: var(--soft); font: 12px system-ui, sans-serif; }
.curve { fill: none; stroke-width: 2; stroke-linejoin: round; }
.curve.c0, .key.c0 { stroke: light-dark(#1f6f5c, #5cc7a8); }
.curve.c1, .key.c1 { stroke: light-dark(#b3541e, #f0a06a); stroke-dasharray: 7 3; }
.curve.c2, .key.c2 { stroke: light-dark(#3d5a98, #8fb0f0); stroke-dasharray: 2 3; }
.curve.c3, .key.c3 { stroke: light-dark(#1c1e21, #e8e6e1); stroke-dasharray: 10 3 2 3; }
.curve.c4, .key.c4 { stroke: light-dark(#8a2f6b, #e08fc4); }
.curve.c5, .key.c5 { stroke: light-dark(#7a6a00, #d8c65a); stroke-dasharray: 7 3; }
.curve.c6, .key.c6 { stroke: light-dark(#00708a, #69c8e0); stroke-dasharray: 2 3; }
.curve.c7, .key.c7 { stroke: light-dark(#a32020, #f08b85); stroke-dasharray: 10 3 2 3; }
.curve.c8, .key.c8 { stroke: light-dark(#4d4a9e, #b3aff5); }
.curve.c9, .key.c9 { stroke: light-dark(#4a7023, #a9d47c); stroke-dasharray: 7 3; }
.key { stroke-width: 2.5; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.25rem; margin: .5rem 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
code { font: .92em ui-monospace, monospace; overflow-wrap: anywhere; }
footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .9rem; }
@media (max-width: 40rem) {
  .bar, .more { display: none; }
  th, td { padding-inline: .35rem; white-space: normal; }
  .heat th { white-space: nowrap; }
  .heat td { min-width: 0; }
}
.plain td { white-space: nowrap; }
.many { font-size: .88rem; }
.many th, .many td { padding-inline: .28rem; white-space: normal; vertical-align: top; }
.many thead th { vertical-align: bottom; hyphens: auto; }
.scroll + .scroll, .scroll + p, figure + figure, figure + .scroll { margin-top: 1.6rem; }
@media print { main { max-width: none; padding: 0; } .heat td { print-color-adjust: exact; } }
`;
