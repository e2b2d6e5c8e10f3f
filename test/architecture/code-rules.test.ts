import {
  environmentReads,
  forwardReferences,
  injectedTypes,
  longHandlers,
  webStorageUse,
} from './code-rules';
import { graphOf } from './module-graph';

function inFile(path: string, text: string): ReturnType<typeof graphOf> {
  return graphOf({ [path]: text });
}

describe('longHandlers', () => {
  const controller = (decorator: string, body: string): ReturnType<typeof graphOf> =>
    inFile('src/keys/keys.controller.ts', `class C {\n ${decorator} list() { ${body} } }`);

  it.each([
    ['two statements', '@Get()', 'this.a(); return this.b();'],
    ['a condition', '@Post(":id")', 'if (x) { return 1; }'],
    ['a variable', '@Sse()', 'const a = 1;'],
    ['nothing', '@Delete()', ''],
  ])('reports a route of %s', (_what, decorator, body) => {
    expect(longHandlers(controller(decorator, body))).toMatchObject([{ line: 2 }]);
  });

  it('accepts one return, one expression, and methods that are no routes', () => {
    expect(longHandlers(controller('@Get()', 'return this.keys.list();'))).toEqual([]);
    expect(longHandlers(controller('@HttpCode(204) @Post()', 'void this.a();'))).toEqual([]);
    expect(longHandlers(controller('', 'a(); b();'))).toEqual([]);
  });
});

describe('forwardReferences', () => {
  it('reports an import and a use', () => {
    const text = `import { forwardRef } from '@nestjs/common';\nInject(forwardRef(() => A));`;
    expect(forwardReferences(inFile('src/keys/a.ts', text))).toHaveLength(2);
  });
});

describe('environmentReads', () => {
  it.each([
    'process.env.SECRET',
    `process['env']`,
    'const { env } = process;',
    'const { env: e } = process;',
  ])('reports %s', (text) => {
    expect(environmentReads(inFile('src/keys/a.ts', text))).toHaveLength(1);
    expect(environmentReads(inFile('server/main.ts', text))).toHaveLength(1);
  });

  it('accepts the listed readers and other members of process', () => {
    expect(environmentReads(inFile('server/env.ts', 'process.env'))).toEqual([]);
    expect(environmentReads(inFile('src/keys/a.ts', 'process.pid; const { env } = b;'))).toEqual(
      [],
    );
  });
});

describe('webStorageUse', () => {
  it.each(['localStorage.setItem("a", b)', 'window.sessionStorage.a = b', 'self["localStorage"]'])(
    'reports %s',
    (text) => {
      expect(webStorageUse(inFile('packages/client/src/a.ts', text))).toHaveLength(1);
    },
  );

  it('leaves the tests of a package alone, which look for leaks', () => {
    expect(webStorageUse(inFile('packages/client/test/a.ts', 'localStorage.length'))).toEqual([]);
  });
});

describe('injectedTypes', () => {
  const use = `@Injectable() class B { constructor(private readonly a: A) {} }`;

  it.each([`import type { A } from './a';`, `import { type A } from './a';`])(
    'reports a class injected through "%s"',
    (line) => {
      expect(injectedTypes(inFile('src/keys/b.ts', `${line}\n${use}`))).toMatchObject([
        { message: 'injects A, which it imports as a type only' },
      ]);
    },
  );

  it('accepts value imports, named tokens and plain classes', () => {
    const type = `import type { A } from './a';`;
    const byToken = `@Injectable() class B { constructor(@Inject(TOKEN) private readonly a: A) {} }`;
    const plain = 'class B { constructor(private readonly a: A) {} }';
    for (const text of [
      `import { A } from './a';\n${use}`,
      `${type}\n${byToken}`,
      `${type}\n${plain}`,
    ]) {
      expect(injectedTypes(inFile('src/keys/b.ts', text))).toEqual([]);
    }
  });
});
