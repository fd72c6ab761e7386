import { describeChaos } from '../support/chaos.js';

describeChaos({ engine: 'streaming', brokers: 1, ingesters: 3, seed: 109, durationMs: 30_000 });
