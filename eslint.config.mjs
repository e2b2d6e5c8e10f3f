import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const NOT_RANDOM_OR_TIME =
  'use the Clock of src/clock, or node:crypto for what must not be guessed';

const everywhere = [
  {
    selector: 'TSEnumDeclaration',
    message: 'Use a const object and a union: an enum is code that only looks like a type.',
  },
  {
    selector: 'ExportDefaultDeclaration',
    message: 'Export by name, so that one thing has one name.',
  },
];

const wallClock = {
  selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
  message: `new Date() reads the clock of the machine: ${NOT_RANDOM_OR_TIME}.`,
};

const imports = {
  paths: [
    {
      name: '@nestjs/common',
      importNames: ['forwardRef'],
      message: 'A cycle is a boundary in the wrong place.',
    },
  ],
  patterns: [
    { group: ['**/dist/**', '**/dist'], message: 'Import the source, not what was built from it.' },
    {
      group: ['@portcullis/nest/*', '!@portcullis/nest/migrations', '!@portcullis/nest/testing'],
      message: 'Only @portcullis/nest, its migrations and its testing are published.',
    },
  ],
};

export default tseslint.config(
  { ignores: ['**/node_modules/', '**/dist/', '**/coverage/', '.data/', '**/*.gen.ts'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.{js,cjs,mjs}'],
    extends: [js.configs.recommended],
    languageOptions: {
      globals: {
        ...Object.fromEntries(
          [
            'Buffer',
            'URL',
            'clearTimeout',
            'console',
            'fetch',
            'performance',
            'process',
            'setTimeout',
          ].map((name) => [name, 'readonly']),
        ),
        __dirname: 'readonly',
        module: 'writable',
        require: 'readonly',
      },
    },
  },
  {
    files: ['**/*.{js,cjs}'],
    languageOptions: { sourceType: 'commonjs' },
    rules: { 'no-unused-vars': ['error', { ignoreRestSiblings: true }] },
  },
  {
    files: ['**/*.{ts,tsx,mts}'],
    extends: [js.configs.recommended, tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      // A page that may not be shown throws what is to be answered instead.
      '@typescript-eslint/only-throw-error': [
        'error',
        { allow: [{ from: 'lib', name: 'Response' }] },
      ],
      'no-restricted-imports': ['error', imports],
      'no-restricted-syntax': ['error', ...everywhere],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      // Reads emitDecoratorMetadata from tsconfig and then leaves every file with a decorator alone:
      // an injected class must stay a value. test/architecture proves the other direction.
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/consistent-type-exports': [
        'error',
        { fixMixedExportsWithInlineTypeSpecifier: true },
      ],
      // A module of Nest may be all decorator, or nothing but a token and its static forRoot.
      '@typescript-eslint/no-extraneous-class': [
        'error',
        { allowWithDecorator: true, allowEmpty: true, allowStaticOnly: true },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true, allowNever: true },
      ],
      // DTOs are classes for their decorators alone; what is answered are plain objects.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // Filters and handlers of Nest answer `Promise<void> | void`.
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      // `() => call()` of a void function says what it means.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/clock/**'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: NOT_RANDOM_OR_TIME },
        { object: 'Math', property: 'random', message: NOT_RANDOM_OR_TIME },
      ],
      'no-restricted-syntax': ['error', ...everywhere, wallClock],
    },
  },
  {
    // One line per route: `{ ...body, id }` of a DTO is wanted.
    files: ['**/*.controller.ts'],
    rules: { '@typescript-eslint/no-misused-spread': 'off' },
  },
  {
    // `never` until a team augments the interface.
    files: ['src/route-access/register.ts'],
    rules: { '@typescript-eslint/no-redundant-type-constituents': 'off' },
  },
  {
    files: ['test/**/*.{ts,tsx}', 'packages/*/test/**/*.{ts,tsx}'],
    rules: {
      // Jest's matchers and supertest's bodies are `any` by design.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-misused-spread': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Where a test says what must not compile, the comment is the assertion.
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': false }],
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    // A measurement is of what was built, and stops loudly where a number is missing.
    files: ['bench/**/*.ts'],
    rules: {
      'no-restricted-imports': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    // Tools that look for a default export.
    files: [
      'ormconfig.ts',
      'test/support/global-*.ts',
      'test/**/*-environment.ts',
      '**/*.config.{ts,mts,mjs,js}',
    ],
    rules: {
      'no-restricted-syntax': 'off',
    },
  },
);
