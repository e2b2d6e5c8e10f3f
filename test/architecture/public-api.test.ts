import { graphOf } from './module-graph';
import { publicApi } from './public-api';

const sources = {
  'migrations/index.ts': 'const hidden = 1;\nexport const AUTH_MIGRATIONS = [hidden];',
  'src/index.ts': `export { Guard, type Shape as Form } from './access/guard';
    export type { Service } from './access/guard';
    export { token } from './access/forward';`,
  'src/testing/testing.ts': `export { token as other } from '../access/forward';`,
  'src/access/guard.ts': `export class Guard {} export interface Shape {} export class Service {}
    export interface token {} export const token = Symbol();`,
  'src/access/forward.ts': `import { token } from './guard'; export { token };`,
};

describe('publicApi', () => {
  it('names every export with its kind, whatever the order of the statements', () => {
    expect(publicApi(graphOf(sources))).toBe(
      `@portcullis/nest
  interface Form
  class Guard
  type of class Service
  const and interface token

@portcullis/nest/migrations
  const AUTH_MIGRATIONS

@portcullis/nest/testing
  const and interface other
`,
    );
  });

  it('changes when an export is added, removed or becomes another kind', () => {
    const before = publicApi(graphOf(sources));
    const index = sources['src/index.ts'];
    const other = [
      { 'src/index.ts': `${index}\nexport type { Shape } from './access/guard';` },
      { 'src/index.ts': index.replace('Guard, ', '') },
      { 'src/access/guard.ts': sources['src/access/guard.ts'].replace('class G', 'interface G') },
    ];
    for (const change of other) {
      expect(publicApi(graphOf({ ...sources, ...change }))).not.toBe(before);
    }
  });

  it('refuses "export *" and an export without a declaration', () => {
    const text = (index: string): (() => string) => {
      return () => publicApi(graphOf({ ...sources, 'src/index.ts': index }));
    };
    expect(text(`export * from './access/guard';`)).toThrow('name each export');
    expect(text(`export { Missing } from './access/guard';`)).toThrow('no declaration of Missing');
  });
});
