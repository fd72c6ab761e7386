import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { KafkaBroker, KafkaUnavailable, REPOSITORY_ROOT } from '#testing';
import { CODECS } from './clients.js';
import { HOSTILE_ENGINES, runHostile, type HostileOptions, type HostileResult } from './run.js';

const USAGE = `Fills a topic with everything that may stop or fool a consumer, and checks what becomes of it.

Usage: npm run hostile -- [options]

  --warehouse ENGINE   duckdb or snowflake (the protocol endpoint); both by default
  --codecs LIST        of none, gzip, snappy, lz4, zstd, separated by commas (default: all)
  --bomb MIB           what the largest record is once it is decompressed, above 32 (default: 300)
  --memory MIB         what the service may take, as a pod's limit (default: 768)
  --help               this text

Exit codes: 0 every promise was kept; 1 one was not, or the run broke; 2 an option is wrong.
`;

const EXIT_INTERRUPTED = 130;
/** KAFKA_FETCH_MAX_DECOMPRESSED_BYTES: a record up to that is read whole. */
const LEAST_BOMB_MEBIBYTES = 32;
const QUOTED_PROBLEMS = 20;
const MEBIBYTE = 1024 * 1024;
/** The kubelet's probes have a second. */
const LONGEST_BLOCK_MS = 1_000;

process.once('SIGINT', () => process.exit(EXIT_INTERRUPTED));
process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const options = optionsOf(args);
  if (typeof options === 'number') return options;
  const dataDir = await mkdtemp(join(tmpdir(), 'hostile-broker-'));
  try {
    const broker = await KafkaBroker.start({ dataDir, heapMb: 1024 });
    try {
      let isKept = true;
      for (const engine of options.engines) {
        const result = await runHostile({ ...options, engine, bootstrapServers: broker.bootstrapServer });
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

type Options = Pick<HostileOptions, 'codecs' | 'bombMebibytes' | 'memoryMebibytes' | 'folder' | 'tell'> & {
  engines: readonly HostileOptions['engine'][];
};

/** The options, or the exit code where there is nothing to run. */
function optionsOf(args: string[]): Options | number {
  try {
    const { values } = parseArgs({
      args,
      options: {
        warehouse: { type: 'string' },
        codecs: { type: 'string', default: CODECS.join(',') },
        bomb: { type: 'string', default: '300' },
        memory: { type: 'string', default: '768' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      write(USAGE.trimEnd());
      return 0;
    }
    const engines = HOSTILE_ENGINES.filter(
      (engine) => values.warehouse === undefined || values.warehouse === engine,
    );
    const names = values.codecs.split(',');
    const codecs = CODECS.filter((codec) => names.includes(codec));
    if (codecs.length !== names.length) throw new Error(`--codecs takes names out of ${CODECS.join(', ')}`);
    const [bombMebibytes, memoryMebibytes] = [Number(values.bomb), Number(values.memory)];
    if (engines.length === 0)
      throw new Error(`--warehouse is "${values.warehouse ?? ''}"; expected duckdb or snowflake`);
    if (!(bombMebibytes > LEAST_BOMB_MEBIBYTES && memoryMebibytes > 0))
      throw new Error(`--bomb takes a number above ${LEAST_BOMB_MEBIBYTES}, --memory one above 0`);
    const folder = join(REPOSITORY_ROOT, '.local/hostile');
    return { engines, codecs, bombMebibytes, memoryMebibytes, folder, tell: write };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\nSee --help.\n`);
    return 2;
  }
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
