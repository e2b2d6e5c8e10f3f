import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  // The policy of the front allows scripts and styles of this origin, and nothing inline.
  build: { assetsInlineLimit: 0, modulePreload: { polyfill: false }, target: 'es2023' },
  oxc: { jsx: { runtime: 'automatic' } },
});
