import type { Config } from 'jest';

const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': '@swc/jest' },
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  setupFiles: ['<rootDir>/jest.setup.ts'],
};

/** `unit` needs nothing but Node; `system` starts one real Kafka broker for all its files. */
const config: Config = {
  reporters: ['default', '<rootDir>/tools/closing-line.mjs'],
  maxWorkers: 2,
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/{apps,libs}/**/*.spec.ts'] },
    {
      ...shared,
      displayName: 'system',
      testMatch: ['<rootDir>/tests/**/*.spec.ts'],
      setupFilesAfterEnv: ['<rootDir>/tests/system.setup.ts'],
      globalSetup: '<rootDir>/tests/broker.setup.ts',
      globalTeardown: '<rootDir>/tests/broker.teardown.ts',
    },
  ],
};

export default config;
