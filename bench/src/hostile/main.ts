import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  exitCodeOf,
  oneOf,
  parse,
  positiveNumber,
  program,
  someOf,
  type CommandLine,
  type Reader,
} from '#command-line';
import { KafkaBroker, KafkaUnavailable, REPOSITORY_ROOT } from '#testing';
import { CODECS } from './clients.js';
import { HOSTILE_ENGINES, type HostileOptions } from './options.js';
import { runHostile, type HostileResult } from './run.js';

const EXIT_INTERRUPTED = 130;
/** KAFKA_FETCH_MAX_DECOMPRESSED_BYTES: a record up to that is read whole. */
const LEAST_BOMB_MEBIBYTES = 32;
const QUOTED_PROBLEMS = 20;
const MEBIBYTE = 1024 * 1024;
/** The kubelet's probes have a second. */
const LONGEST_BLOCK_MS = 1_000;

type Options = Pick<HostileOptions, 'codecs' | 'bombMebibytes' | 'memoryMebibytes'> & {
  engines: readonly HostileOptions['engine'][];
};

const command = program(
  'npm run hostile --',
  'Fills a topic with everything that may stop or fool a consumer, and checks what becomes of it.',
)
  .option('--warehouse <ENGINE>', 'duckdb or snowflake (the protocol endpoint); both by default')
  .option('--codecs <LIST>', `of ${CODECS.join(', ')}, comma-separated (default: all)`)
  .option(
    '--bomb <MIB>',
    `size of the largest record once decompressed, above ${LEAST_BOMB_MEBIBYTES}`,
    '300',
  )
  .option('--memory <MIB>', "what the service may take, as a pod's limit", '768')
  .addHelpText(
    'after',
    '\nExit codes: 0 every promise was kept; 1 one was not, or the run broke; 2 an option is wrong.',
  );

process.once('SIGINT', () => process.exit(EXIT_INTERRUPTED));
process.exitCode = await exitCodeOf(parseArguments(process.argv.slice(2)), main);

async function main(options: Options): Promise<number> {
  const folder = join(REPOSITORY_ROOT, '.local/hostile');
  const dataDir = await mkdtemp(join(tmpdir(), 'hostile-broker-'));
  try {
    const broker = await KafkaBroker.start({ dataDir, heapMb: 1024 });
    try {
      let isKept = true;
      for (const engine of options.engines) {
        const result = await runHostile({
          ...options,
          engine,
          folder,
          tell: write,
          bootstrapServers: broker.bootstrapServer,
        });
        isKept = report(engine, result) && isKept;
      }
      return isKept ? 0 : 1;
    } finally {
      await broker.stop();
    }
  } catch (error) {
    process.stderr.write(
      `${error instanceof KafkaUnavailable ? error.message : `The run broke: ${String(error)}`}\n`,
    );
    return 1;
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

function parseArguments(args: string[]): CommandLine<Options> {
  const bomb: Reader<number> = {
    parse: (text) => (Number(text) > LEAST_BOMB_MEBIBYTES ? positiveNumber().parse(text) : undefined),
    expected: `a number above ${LEAST_BOMB_MEBIBYTES}`,
  };
  return parse(command, args, (faults) => {
    const given = command.opts<{ warehouse?: string; codecs?: string; bomb: string; memory: string }>();
    const engine = faults.read('--warehouse', given.warehouse, oneOf(HOSTILE_ENGINES), null);
    return {
      engines: engine === null ? HOSTILE_ENGINES : [engine],
      codecs: faults.read('--codecs', given.codecs, someOf(CODECS), CODECS),
      bombMebibytes: faults.read('--bomb', given.bomb, bomb, 0),
      memoryMebibytes: faults.read('--memory', given.memory, positiveNumber(), 0),
    };
  });
}

/** @returns whether every promise was kept */
function report(engine: string, { problems, leftOut, records, seconds, watch }: HostileResult): boolean {
  const all = [...problems];
  if (watch.longestBlockMs > LONGEST_BLOCK_MS)
    all.push(`The event loop stood for ${Math.round(watch.longestBlockMs)} ms.`);
  write(
    [
      '',
      `  warehouse                 ${engine}`,
      `  records                   ${records.toLocaleString('en')}`,
      `  time                      ${seconds.toFixed(0)} s`,
      `  peak memory               ${Math.round(watch.peakBytes / MEBIBYTE)} MiB`,
      `  longest event-loop block  ${Math.round(watch.longestBlockMs)} ms`,
      `  probes that were answered ${watch.probes}`,
      ...leftOut.map((what) => `  left out                  ${what}`),
      '',
      ...all.slice(0, QUOTED_PROBLEMS).map((problem) => `✗ ${problem}`),
      ...(all.length > QUOTED_PROBLEMS ? [`✗ and ${all.length - QUOTED_PROBLEMS} more`] : []),
      ...(all.length === 0
        ? ['✓ Every good event is stored, every bad one settled; the ledger adds up; lag is 0.']
        : []),
      '',
    ].join('\n'),
  );
  return all.length === 0;
}

function write(line: string): void {
  process.stdout.write(`${line}\n`);
}
