// Allowed imports: events <- pipeline <- adapters <- apps. See docs/architecture.md.
const adapters = ['kafka', 'warehouse', 'telemetry'];

/** `lib` may import its own folder and the named libraries, but no other library of this repository. */
const mayKnow = (lib, known) => ({
  name: `${lib}-knows-only-${known.join('-') || 'itself'}`,
  severity: 'error',
  from: { path: `^libs/${lib}/`, pathNot: '\\.spec\\.ts$' },
  to: { path: '^(libs|apps)/', pathNot: `^libs/(${[lib, ...known].join('|')})/` },
});

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    ...['^(?:libs|apps)/([^/]+)/', '^(bench|tests)/'].map((path) => ({
      // An index.ts is the public interface of a library, an app, or a part of one.
      name: 'others-are-entered-by-their-index',
      severity: 'error',
      from: { path },
      to: { path: '^(libs|apps|bench|tests)/', pathNot: '^(?:(?:libs|apps)/)?$1/|/index\\.ts$' },
    })),
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: '(\\.spec|\\.config|\\.setup|\\.teardown)\\.ts$|main\\.ts$' },
      to: {},
    },
    mayKnow('settings', []),
    mayKnow('command-line', ['settings']),
    mayKnow('patching', []),
    mayKnow('json-bytes', []),
    mayKnow('terminal', []),
    mayKnow('events', []),
    mayKnow('pipeline', ['events']),
    ...adapters.map((lib) => mayKnow(lib, ['events', 'pipeline', 'settings', 'patching', 'json-bytes'])),
    // The dead-letter topic is a Kafka topic, and only one place interprets the client's errors.
    mayKnow('dead-letter', ['events', 'pipeline', 'settings', 'kafka']),
    // What the operator's command line and the page do with dead letters.
    mayKnow('redrive', ['events', 'pipeline', 'dead-letter', 'warehouse']),
    // What every service needs around its pipeline.
    mayKnow('service', ['pipeline', 'settings', 'kafka', 'telemetry']),
    mayKnow('lake', ['pipeline', 'settings', 'json-bytes']),
    mayKnow('traffic', ['events']),
    mayKnow('snowflake-endpoint', []),
    // Tests use what the service uses, and run one contract suite on each warehouse.
    mayKnow('testing', [
      'events',
      'pipeline',
      'settings',
      'kafka',
      'lake',
      'warehouse',
      'snowflake-endpoint',
    ]),
    mayKnow('simulation', [
      'events',
      'pipeline',
      'settings',
      'kafka',
      'dead-letter',
      'warehouse',
      'snowflake-endpoint',
      'testing',
      'command-line',
      'patching',
    ]),
    {
      name: 'product-code-does-not-use-test-code',
      severity: 'error',
      from: {
        path: '^(apps/(ingester|archiver|producer|operator)|libs/(?!testing|snowflake-endpoint|simulation))',
        pathNot: '\\.spec\\.ts$',
      },
      to: { path: '^(libs/testing|libs/snowflake-endpoint|libs/simulation|bench|tests)/' },
    },
    {
      name: 'apps-do-not-know-each-other',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'pipeline-does-no-io',
      severity: 'error',
      from: { path: '^libs/(pipeline|events)/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^(kafkajs|snowflake-sdk|@duckdb|prom-client|@opentelemetry|fs|net|http|child_process)' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    // Type imports couple layers as well.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { conditionNames: ['source', 'import', 'default'] },
    doNotFollow: { path: 'node_modules' },
  },
};
