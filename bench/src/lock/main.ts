import { parseArgs } from 'node:util';
import { simulate } from './simulation.js';

const USAGE = `Simulates pods that commit under the lock of the checkpoints, or under several.

Usage: npm run simulate:lock -- [options]

  --pods N           (default: 100)
  --rate N           events a second that come for all of them (default: 1000000)
  --statement-ms N   how long the warehouse takes for a statement (default: 200)
  --batch N          BATCH_MAX_EVENTS (default: 20000)
  --bind N           events that one staging statement carries (default: 26000)
  --shards LIST      tables of checkpoints, with commas (default: 1,2,4,8,16,32,64)
  --help             this text

Exit codes: 0 done; 2 an option is wrong.
`;

const SIMULATED_SECONDS = 600;

const OPTIONS = {
  pods: { type: 'string', default: '100' },
  rate: { type: 'string', default: '1000000' },
  'statement-ms': { type: 'string', default: '200' },
  batch: { type: 'string', default: '20000' },
  bind: { type: 'string', default: '26000' },
  shards: { type: 'string', default: '1,2,4,8,16,32,64' },
  help: { type: 'boolean', default: false },
} as const;

try {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) process.stdout.write(USAGE);
  else print(values);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\nSee --help.\n`);
  process.exitCode = 2;
}

function print(values: Record<Exclude<keyof typeof OPTIONS, 'help'>, string>): void {
  const model = {
    pods: positive('--pods', values.pods),
    eventsPerSecond: positive('--rate', values.rate),
    statementSeconds: positive('--statement-ms', values['statement-ms']) / 1000,
    maxEvents: positive('--batch', values.batch),
    eventsPerBind: positive('--bind', values.bind),
  };
  const shards = values.shards.split(',').map((text) => positive('--shards', text));
  process.stdout.write('shards   events/s  behind  batches/s  events a batch  lock held  wait for it\n');
  for (const count of shards) {
    const outcome = simulate({ ...model, shards: Math.min(count, model.pods) }, SIMULATED_SECONDS);
    const cells = [
      String(count).padStart(6),
      whole(outcome.eventsPerSecond).padStart(11),
      percent(outcome.behind).padStart(8),
      outcome.batchesPerSecond.toFixed(1).padStart(11),
      whole(outcome.eventsPerBatch).padStart(16),
      percent(outcome.lockUse).padStart(11),
      `${outcome.lockWaitSeconds.toFixed(1)} s`.padStart(13),
    ];
    process.stdout.write(`${cells.join('')}\n`);
  }
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`${option} is "${text}"; expected a whole number above 0.`);
  return value;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)}%`;
}
