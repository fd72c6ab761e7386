import { exitCodeOf, integer, parse, program, type Reader } from '#command-line';
import { simulate } from './simulation.js';

const SIMULATED_SECONDS = 600;

const DESCRIPTION = 'Simulates pods that commit under the lock of the checkpoints, or under several.';

const command = program('npm run simulate:lock --', DESCRIPTION)
  .option('--pods <N>', 'how many pods', '100')
  .option('--rate <N>', 'events a second that come for all of them', '1000000')
  .option('--statement-ms <N>', 'how long the warehouse takes for a statement', '200')
  .option('--batch <N>', 'BATCH_MAX_EVENTS', '20000')
  .option('--bind <N>', 'events that one staging statement carries', '26000')
  .option('--shards <LIST>', 'tables of checkpoints, comma-separated', '1,2,4,8,16,32,64')
  .addHelpText('after', '\nExit codes: 0 done; 2 an option is wrong.');

type Options = Record<'pods' | 'rate' | 'statementMs' | 'batch' | 'bind' | 'shards', string>;

const SHARDS: Reader<number[]> = {
  parse: (text) => {
    const counts = text.split(',').map((count) => integer(1).parse(count.trim()));
    return counts.every((count) => count !== undefined) ? counts : undefined;
  },
  expected: 'integers of at least 1, comma-separated',
};

const parsed = parse(command, process.argv.slice(2), (faults) => {
  const given = command.opts<Options>();
  const positive = (name: string, text: string) => faults.read(name, text, integer(1), 1);
  return {
    model: {
      pods: positive('--pods', given.pods),
      eventsPerSecond: positive('--rate', given.rate),
      statementSeconds: positive('--statement-ms', given.statementMs) / 1000,
      maxEvents: positive('--batch', given.batch),
      eventsPerBind: positive('--bind', given.bind),
    },
    shards: faults.read('--shards', given.shards, SHARDS, []),
  };
});

process.exitCode = await exitCodeOf(parsed, ({ model, shards }) => {
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
  return 0;
});

function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)}%`;
}
