import type { Config } from 'jest';

const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': '@swc/jest' },
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['<rootDir>/.local/', '<rootDir>/dist/'],
  setupFiles: ['<rootDir>/jest.setup.ts'],
  setupFilesAfterEnv: ['<rootDir>/jest.timeout.ts'],
};

/** Specs beside the code that run a whole engine in-process: DuckDB, or the Snowflake endpoint. */
const engines = ['warehouse/src/(duckdb|snowflake|streaming)', 'snowflake-endpoint/src'].map(
  (lib) => `/libs/${lib}/`,
);

/** Runs the built service in simulated worlds, without a broker. */
const simulation = '/tests/simulation\\.spec\\.ts$';

/**
 * `npm run test:long`: long runs, variants of the warehouse contract, and real-broker tests of what the simulation
 * covers in seconds.
 */
const long = [
  '(broker|walk)',
  'aggregations/(back-fill|changes|contract|killed|postgres|remember|secure|totals)',
  'analytics/hostile',
  'deploy/(cluster|compose-(flags|lake)|container|image|release|upgrade)',
  'documents/quick-start',
  'lake/(archiver-kill|compact(-s3)?|full-disk|many-kills|replay-span|s3-store|store-faults|to-topic|unreadable|verify-tables)',
  'monitoring/(rule-tests|running-service|streaming-service)',
  'promises/(backpressure|chaos(-(duckdb|streaming))?|clock|cluster|frozen-broker|gone-topic|hostile|hostile-endpoint|lost-member)',
  'promises/(message-cost|missing-state|odd-timestamps|oauth|open-transaction|past|poison|read-committed|refused)',
  'promises/(rolling-restart|rotation|same-topic|secrets|stuck|tls-sasl|two-owners|unknown-types)',
  'operator/(checkpoints|contracts(-million)?|redrive|repair|silence|verify-mutations)',
  'snowflake/(fakesnow(-(checkpoints|dead-letters|redrive|service|verify))?|fault-matrix|kill|snowpipe-client|upgrade)',
  'snowflake/(snowduck|streaming(-faults)?)',
]
  .map((path) => `/tests/${path}\\.spec\\.ts$`)
  .concat(
    '/snowflake/(checkpoints/checkpoint-tables|schema/checkpoint-moves|verify/verification|writing/repository-variants)\\.spec\\.ts$',
    '/duckdb/socket/contract\\.spec\\.ts$',
    '/streaming/writing/(random-faults|streaming-repository)\\.spec\\.ts$',
  );

const withBroker = {
  ...shared,
  globalSetup: '<rootDir>/tests/broker.setup.ts',
  globalTeardown: '<rootDir>/tests/broker.teardown.ts',
};

/**
 * `unit` and `engines` need only Node; `unit` is quick. `simulation` needs the built apps. `system` and `long` start one
 * Kafka broker for all their files, and the built apps as processes.
 */
const config: Config = {
  reporters: ['default', '<rootDir>/tools/closing-line.mjs'],
  testSequencer: '<rootDir>/tools/sequencer.mjs',
  // One more than the cores of a small machine, as the longest files mostly wait.
  maxWorkers: 3,
  // Of the heap. Modules of earlier files stay in it, and slow down the garbage collector.
  workerIdleMemoryLimit: '250MB',
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/{apps,libs,bench}/**/*.spec.ts'],
      testPathIgnorePatterns: engines,
    },
    {
      ...shared,
      displayName: 'engines',
      testRegex: engines.map((path) => `${path}.*\\.spec\\.ts$`),
      testPathIgnorePatterns: long,
    },
    { ...shared, displayName: 'simulation', testRegex: simulation },
    {
      ...withBroker,
      displayName: 'system',
      testMatch: ['<rootDir>/tests/**/*.spec.ts'],
      testPathIgnorePatterns: [simulation, ...long],
    },
    { ...withBroker, displayName: 'long', testRegex: long },
  ],
};

export default config;
