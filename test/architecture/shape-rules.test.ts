import { graphOf } from './module-graph';
import { barrels, cycles, longFiles, longMedian, oddNames } from './shape-rules';

function linesOf(count: number): string {
  return 'export {};\n'.repeat(count);
}

describe('barrels', () => {
  it('reports an index below src/index.ts', () => {
    const graph = graphOf({ 'src/index.ts': '', 'src/keys/index.ts': '', 'server/index.ts': '' });
    expect(barrels(graph).map(({ path }) => path)).toEqual(['src/keys/index.ts']);
  });
});

describe('longFiles', () => {
  it('reports 401 lines and accepts 400, with and without a last line break', () => {
    const graph = graphOf({
      'src/keys/a.ts': linesOf(401),
      'src/keys/b.ts': linesOf(400),
      'src/keys/c.ts': linesOf(400).trimEnd(),
    });
    expect(longFiles(graph)).toEqual([
      { path: 'src/keys/a.ts', message: 'has 401 lines, over 400' },
    ]);
  });
});

describe('longMedian', () => {
  it('reports a library whose middle file has 121 lines, whatever the other folders hold', () => {
    const lengths = {
      'src/a/a.ts': linesOf(10),
      'src/a/b.ts': linesOf(121),
      'src/a/c.ts': linesOf(300),
    };
    expect(longMedian(graphOf({ ...lengths, 'test/a.ts': '' }))).toHaveLength(1);
    expect(longMedian(graphOf({ ...lengths, 'src/a/b.ts': linesOf(120) }))).toEqual([]);
  });
});

describe('oddNames', () => {
  it.each(['src/keys/KeyStore.ts', 'src/keys/key_store.ts', 'src/keyStore/a.ts', 'src/a/-b.ts'])(
    'reports %s',
    (path) => {
      expect(oddNames([path])).toHaveLength(1);
    },
  );

  it('accepts roles, numbers and file endings', () => {
    const paths = ['src/api-keys/api-keys.service.ts', 'migrations/1790000000000-create.ts'];
    expect(oddNames(paths)).toEqual([]);
  });
});

describe('cycles', () => {
  it('reports modules that reach each other over a third, type imports included', () => {
    const graph = graphOf({
      'src/keys/a.ts': `import './b';`,
      'src/keys/b.ts': `import type { C } from './c';`,
      'src/keys/c.ts': `export { A } from './a';`,
      'src/keys/d.ts': `import './a';`,
    });
    expect(cycles(graph)).toEqual([
      {
        path: 'src/keys/a.ts',
        message: 'import each other: src/keys/a.ts, src/keys/b.ts, src/keys/c.ts',
      },
    ]);
  });

  it('reports a module that imports itself, and two cycles as two', () => {
    const graph = graphOf({
      'src/a/self.ts': `import './self';`,
      'src/a/one.ts': `import './two'; import './self';`,
      'src/a/two.ts': `import './one';`,
    });
    expect(cycles(graph).map(({ path }) => path)).toEqual(['src/a/self.ts', 'src/a/one.ts']);
  });

  it('accepts two ways to one module', () => {
    const graph = graphOf({
      'src/a/top.ts': `import './left'; import './right';`,
      'src/a/left.ts': `import './bottom';`,
      'src/a/right.ts': `import './bottom'; import './left';`,
      'src/a/bottom.ts': '',
    });
    expect(cycles(graph)).toEqual([]);
  });
});
