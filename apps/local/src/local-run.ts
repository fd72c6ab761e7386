import { PlainError } from '#command-line';
import { count, type Paint, type Screen } from '#terminal';
import type { LocalArguments } from './arguments.js';
import { archiveDifferences, archivedRecords, readArchive } from './ledger/archive.js';
import { readBooks, storingRate } from './ledger/books.js';
import { LAKE_GROUP, LocalArchiver } from './processes/archiver.js';
import { LocalIngester } from './processes/ingester.js';
import { GROUP, LocalKafka, TOPIC } from './processes/kafka.js';
import { closeLedger } from './ledger/ledger.js';
import { ledgerText } from './ledger/ledger-text.js';
import { LiveView } from './live-view/live-view.js';
import { LocalFolder, shown } from './folder/local-folder.js';
import { LocalProducer } from './processes/producer.js';
import { Watch } from './processes/watch.js';

const BAD_SHARE = 0.01;
const USUAL_METRICS_PORT = 8000;
const EXIT_INTERRUPTED = 130;
/** How long parts may take to end when the run has failed; what was not stored is stored by the next one. */
const HURRY_MS = 5_000;
const NAME_WIDTH = 14;
const GO_ON = `
  npm run -s operator -- dead-letters list    what could not be stored, and why
  npm run -s operator -- sql                  ask the tables
`;

/**
 * Runs broker, producer and ingester until all events are made or somebody stops it, and closes the ledger. Returns the
 * exit code: 0 if the ledger adds up. What was started is stopped again, in reverse order.
 *
 * @param stop given on the first Ctrl-C
 */
export async function runLocally(args: LocalArguments, screen: Screen, stop: AbortSignal): Promise<number> {
  const started: (() => Promise<void>)[] = [];
  try {
    return await run(args, { screen, stop, started });
  } catch (error) {
    if (!(error instanceof PlainError)) throw error;
    screen.problem(error.message);
    return error.exitCode;
  } finally {
    for (const end of started.reverse()) await end();
  }
}

interface Surroundings {
  screen: Screen;
  stop: AbortSignal;
  /** How to end each part that has been started. */
  started: (() => Promise<void>)[];
}

/** The order of things. */
async function run(args: LocalArguments, { screen, stop, started }: Surroundings): Promise<number> {
  const { events, rate } = args;
  const given = environment('KAFKA_BOOTSTRAP_SERVER');
  const watch = new Watch();
  const starting = <T>(work: Promise<T>) => watch.during(Promise.race([work, interruption(stop)]));
  screen.say(`\n${screen.paint('bold', "  🍷 Les Caves d'Albert, on this machine")}\n`);

  const folder = new LocalFolder(args.folder, given);
  const kafka = await starting(LocalKafka.start(folder, given, { screen, watch }));
  started.push(() => kafka.stop());
  const { bootstrapServer } = kafka;
  await starting(kafka.createTopics());
  const source = { bootstrapServer, topic: TOPIC, group: GROUP };
  const before = await readBooks(folder.warehouse, source);
  const archivedBefore = archivedRecords(await readArchive(folder.lake, TOPIC));

  const port = Number(environment('METRICS_PORT') ?? USUAL_METRICS_PORT);
  const ingester = await LocalIngester.launch({ ...source, port }, folder, watch);
  started.push(() => ingester.stop(HURRY_MS));
  await screen.step('Starting the ingester', starting(ingester.ready()));
  folder.introduce(source);
  screen.say(whereThingsAre({ kafka, ingester, folder }, screen.paint));

  // After the ingester, so that it starts as quickly as alone.
  const archiver = await LocalArchiver.launch({ ...source, port: ingester.port + 1 }, folder, watch);
  started.push(() => archiver.stop(HURRY_MS));

  const startedAtMs = Date.now();
  const producer = new LocalProducer({ ...source, rate, events, badShare: BAD_SHARE }, folder, watch);
  started.push(() => producer.stop(HURRY_MS));
  await produceAndStore({ producer, ingester, archiver, kafka, watch, goal: events }, screen, stop);

  const after = await readBooks(folder.warehouse, source);
  const ledger = closeLedger(before, after, producer.report);
  const archive = await readArchive(folder.lake, TOPIC);
  const inAll = archivedRecords(archive);
  const archived = { thisRun: inAll - archivedBefore, inAll };
  ledger.differences.push(...archiveDifferences(archive, after.logStarts, after.logEnds));
  screen.say(ledgerText(ledger, archived, screen.paint));
  if (events !== null) screen.say(rateText(await storingRate(folder.warehouse, startedAtMs)));
  screen.say(
    screen.paint(
      'dim',
      `\n  Data stays in ${shown(folder.data)}: the next npm start continues from here.\n`,
    ) + GO_ON,
  );
  return ledger.differences.length === 0 ? 0 : 1;
}

interface Parts {
  producer: LocalProducer;
  ingester: LocalIngester;
  archiver: LocalArchiver;
  kafka: LocalKafka;
  watch: Watch;
  goal: number | null;
}

/** Until all is made or somebody stops it: then what is left is stored, and producer and ingester end. */
async function produceAndStore(
  { producer, ingester, archiver, kafka, watch, goal }: Parts,
  screen: Screen,
  stop: AbortSignal,
): Promise<void> {
  const view = new LiveView(screen, { producer, ingester, goal });
  try {
    if (goal === null) view.phase = 'Ctrl-C stops, stores what is left and closes the ledger';
    await watch.during(Promise.race([producer.finished, aborted(stop)]));
    view.phase = 'storing what is left';
    await watch.during(producer.stop());
    await watch.during(Promise.all([kafka.caughtUp(), kafka.caughtUp(LAKE_GROUP)]));
    view.phase = '';
    await view.refresh();
    await Promise.all([ingester.stop(), archiver.stop()]);
  } finally {
    view.end();
  }
}

function whereThingsAre(
  { kafka, ingester, folder }: { kafka: LocalKafka; ingester: LocalIngester; folder: LocalFolder },
  paint: Paint,
): string {
  const { url } = ingester;
  const taken = (port: number | null) => (port === null ? '' : paint('yellow', `  (port ${port} is taken)`));
  const lines = [
    ['Kafka', `${kafka.bootstrapServer}, topic ${TOPIC}${taken(kafka.takenPort)}`],
    ['Page', `${url}/${taken(ingester.takenPort)}`],
    ['Health', `${url}/health`],
    ['Metrics', `${url}/metrics`],
    ['Warehouse', `${shown(folder.warehouse)} (DuckDB)`],
    ['Lake', shown(folder.lake)],
    ['Log', shown(folder.ingesterLog)],
    ['Ask it', 'npm run -s operator -- dead-letters list    (or: sql)'],
  ] as const;
  return `\n${lines.map(([name, where]) => `  ${paint('dim', name.padEnd(NAME_WIDTH))}${where}\n`).join('')}`;
}

function rateText(rate: number | null): string {
  return rate === null ? '' : `\n  Stored ${count(rate)} events a second, from the first commit to the last.`;
}

function environment(key: string): string | null {
  const value = process.env[key] ?? '';
  return value === '' ? null : value;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((settle) => {
    if (signal.aborted) settle();
    signal.addEventListener('abort', () => {
      settle();
    });
  });
}

async function interruption(stop: AbortSignal): Promise<never> {
  await aborted(stop);
  throw new PlainError('Stopped before anything was produced.', EXIT_INTERRUPTED);
}
