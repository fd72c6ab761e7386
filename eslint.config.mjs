import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.local/', 'coverage/'] },
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Nest modules are empty classes that carry a decorator.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      // Numbers are readable in messages; objects are not and stay forbidden.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      // Would reject Promise.withResolvers<void>(), the usual form of a signal without a value.
      '@typescript-eslint/no-invalid-void-type': 'off',
      // Nest declares the options of its factories as classes, but expects objects.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // Ports are asynchronous for the adapters that need it; others return at once.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['**/*.spec.ts'],
    rules: {
      // Jest types asymmetric matchers as any.
      '@typescript-eslint/no-unsafe-assignment': 'off',
    },
  },
  {
    // Code that libs/simulation runs may use only clocks, timers and random numbers that the simulated world controls; see
    // libs/simulation/src/time/take-control.ts.
    files: ['libs/{pipeline,kafka,dead-letter,warehouse}/src/**/*.ts'],
    // Code that only the operator's commands use does not run in a simulated world.
    ignores: [
      '**/*.spec.ts',
      'libs/kafka/src/admin/topic-{reader,scan}.ts',
      'libs/warehouse/src/snowflake/verify/**',
    ],
    rules: {
      'no-restricted-globals': ['error', { name: 'crypto', message: 'Use randomUUID of node:crypto.' }],
      'no-restricted-properties': [
        'error',
        ...[
          ['process', 'hrtime'],
          ['process', 'uptime'],
          ['performance', 'timeOrigin'],
          ['performance', 'mark'],
          ['performance', 'measure'],
          ['performance', 'toJSON'],
        ].map(([object, property]) => ({ object, property, message: 'Use performance.now().' })),
        { object: 'AbortSignal', property: 'timeout', message: 'Use setTimeout.' },
      ],
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          paths: [
            { name: 'node:timers', message: 'Use the global timers.' },
            { name: 'node:perf_hooks', message: 'Use the global performance.' },
            {
              name: 'node:timers/promises',
              importNames: ['default', 'scheduler', 'setInterval'],
              message: 'The simulated world controls setTimeout and setImmediate.',
            },
            {
              name: 'node:crypto',
              importNames: [
                'default',
                'getRandomValues',
                'randomBytes',
                'randomFill',
                'randomFillSync',
                'randomInt',
                'webcrypto',
              ],
              message: 'The simulated world controls randomUUID and Math.random.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['apps/ingester/src/page/static/**/*.js'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'addEventListener',
          'clearTimeout',
          'document',
          'EventSource',
          'fetch',
          'FormData',
          'getComputedStyle',
          'getSelection',
          'history',
          'location',
          'matchMedia',
          'navigator',
          'performance',
          'ResizeObserver',
          'sessionStorage',
          'setInterval',
          'setTimeout',
          'URLSearchParams',
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: {
      globals: Object.fromEntries(
        ['AbortSignal', 'console', 'fetch', 'process', 'URL'].map((name) => [name, 'readonly']),
      ),
    },
  },
);
