import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { exitCodeOf } from '#command-line';
import { KafkaBroker, KafkaUnavailable, REPOSITORY_ROOT } from '#testing';
import { calibrate, describeMachine } from '../performance/machine.js';
import { makeBacklog } from './backlog.js';
import { catchUp, countedOrders } from './catch-up.js';
import { parseOptions, type Options } from './options.js';
import { copySql, questions } from './questions.js';
import { count, HEADER, lineOf } from './report.js';

const GOAL = 50_000;

process.exitCode = await exitCodeOf(parseOptions(process.argv.slice(2)), main);

async function main(options: Options): Promise<number> {
  const parent = join(REPOSITORY_ROOT, '.local/bench');
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, 'aggregations-'));
  try {
    return await measure(options, folder);
  } catch (error) {
    if (!(error instanceof KafkaUnavailable)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure({ events, perQuestion, remember }: Options, folder: string): Promise<number> {
  const given = process.env['KAFKA_BOOTSTRAP_SERVER'] ?? '';
  const broker = given === '' ? await KafkaBroker.start({ dataDir: join(folder, 'broker') }) : null;
  const bootstrapServer = broker?.bootstrapServer ?? given;
  try {
    const machine = describeMachine();
    write(`${machine.cpus} for Flink and broker; load average before: ${machine.loadBefore.toFixed(1)}`);
    write(`Making a backlog of ${count(events)} events`);
    const backlog = await makeBacklog(bootstrapServer, events);
    const sql = join(folder, 'sql');
    const all = await questions();
    write(HEADER);
    await copySql(sql, all, remember);
    const whole = await catchUp(bootstrapServer, backlog, { sql, folder });
    write(lineOf('all questions', whole));
    const counted = await countedOrders(bootstrapServer, backlog.topic);
    for (const question of perQuestion ? all : []) {
      await copySql(sql, [question], remember);
      write(lineOf(question, await catchUp(bootstrapServer, backlog, { sql, folder })));
    }
    const verdict = whole.eventsPerSecond >= GOAL ? 'reached' : 'missed';
    write(`A fixed piece of work took ${calibrate().toFixed(3)} s; on a quiet machine it is 0.04 s`);
    write(`Goal: ${count(GOAL)} events/s: ${verdict}`);
    write(`Orders: ${count(backlog.orders)} in the backlog, ${count(counted)} counted`);
    return counted === backlog.orders ? 0 : 1;
  } finally {
    await broker?.stop();
  }
}

function write(line: string): void {
  process.stdout.write(`${line}\n`);
}
