import { controlPaths } from './control.js';
import { SnowflakeEndpoint } from './endpoint.js';
import { PREDECESSOR_TABLES } from './seeds.js';

/**
 * The endpoint as a process, for benchmarks and chaos runs. Its address is the first line that it prints.
 *
 * Environment: PORT (any free one if unset), HOLD_MS (how long each statement takes), IDLE_ABORT_MS, MAX_WAITERS,
 * RESENDS (dedupe | run-both), AFTER_WAIT (reevaluate | statement-start), COUNT_ONLY (comma-separated tables whose rows
 * are counted and not kept), TRUST_JSON (1: TRY_PARSE_JSON and split lists do not examine every row), UNPARSEABLE (a text
 * that makes the warehouse refuse an event), COMMIT_DELAY_MS (how long rows of Snowpipe Streaming stay uncommitted).
 */
const { env } = process;
const number = (name: string, otherwise: number) => Number(env[name] ?? otherwise);
const refused = env['UNPARSEABLE'];

const endpoint = await SnowflakeEndpoint.start(
  {
    port: number('PORT', 0),
    holdMs: number('HOLD_MS', 0),
    idleAbortMs: number('IDLE_ABORT_MS', 300_000),
    maxWaiters: number('MAX_WAITERS', 20),
    resends: env['RESENDS'] === 'run-both' ? 'run-both' : 'dedupe',
    afterWait: env['AFTER_WAIT'] === 'statement-start' ? 'statement-start' : 'reevaluate',
    trustJson: env['TRUST_JSON'] === '1',
    countOnly: (env['COUNT_ONLY'] ?? '').split(','),
    commitDelayMs: number('COMMIT_DELAY_MS', 1000),
    unparseable: (text) => refused !== undefined && text.includes(refused),
  },
  controlPaths,
);
for (const sql of PREDECESSOR_TABLES) await endpoint.run(sql);
process.stdout.write(`${endpoint.url}\n`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void endpoint.close());
}
