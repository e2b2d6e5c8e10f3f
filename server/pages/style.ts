/** The one stylesheet of the pages. */
export const STYLE = `:root {
  color-scheme: light dark;
  --ink: light-dark(#1c2330, #e8ecf3);
  --soft: light-dark(#5b6575, #9aa5b8);
  --line: light-dark(#d9dee7, #333c4d);
  --paper: light-dark(#ffffff, #171c26);
  --ground: light-dark(#f4f6f9, #0f131a);
  --accent: light-dark(#1f4fd8, #8fb0ff);
  --on-accent: light-dark(#ffffff, #0f131a);
  --alarm: light-dark(#a3172c, #ff9aa8);
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
header { display: flex; justify-content: space-between; align-items: center; gap: 1rem;
  padding: 0.75rem 1.5rem; background: var(--paper); border-bottom: 1px solid var(--line); }
main { max-width: 56rem; margin: 2rem auto; padding: 0 1.5rem; }
h1 { font-size: 1.6rem; margin: 0 0 1.25rem; }
a { color: var(--accent); }
.card { max-width: 24rem; padding: 1.5rem; background: var(--paper);
  border: 1px solid var(--line); border-radius: 0.75rem; }
label { display: block; margin-bottom: 1rem; font-weight: 600; }
input { display: block; width: 100%; margin-top: 0.25rem; padding: 0.6rem 0.75rem; font: inherit;
  color: inherit; background: var(--ground); border: 1px solid var(--soft); border-radius: 0.4rem; }
button { padding: 0.55rem 1rem; font: inherit; font-weight: 600; cursor: pointer;
  color: var(--on-accent); background: var(--accent); border: 1px solid var(--accent); border-radius: 0.4rem; }
button.quiet { color: var(--accent); background: none; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.errors { max-width: 24rem; margin: 0 0 1.25rem; padding: 0.75rem 1rem; color: var(--alarm);
  border: 1px solid var(--alarm); border-left-width: 0.4rem; border-radius: 0.4rem; }
.errors h2 { margin: 0; font-size: 1rem; }
.errors p { margin: 0.25rem 0 0; }
.wide { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; background: var(--paper); border: 1px solid var(--line); }
th, td { padding: 0.6rem 0.75rem; text-align: left; border-bottom: 1px solid var(--line); }
.amount { text-align: right; font-variant-numeric: tabular-nums; }
.soft { color: var(--soft); }
`;
