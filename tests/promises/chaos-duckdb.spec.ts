import { describeChaos } from '../support/chaos.js';

describeChaos({ engine: 'duckdb', brokers: 1, ingesters: 1, seed: 29, durationMs: 20_000 });
