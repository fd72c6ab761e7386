import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
// Jest loads this file outside its sandbox, where `#testing` is the built code: build first.
import { KafkaBroker } from '#testing';

/** How the teardown, which Jest loads by itself, gets at what is started here. */
declare global {
  var stopTestBroker: (() => Promise<void>) | undefined;
}

/** Compaction, and the end of transactions that time out, come after 15 and 10 s by default. */
const IMPATIENT = {
  'log.cleaner.backoff.ms': '500',
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '500',
};

/** One broker for all system tests. They find it, or the one that the caller gives, in TEST_KAFKA_BOOTSTRAP. */
export default async function startBroker(): Promise<void> {
  if (process.env['TEST_KAFKA_BOOTSTRAP'] !== undefined) return;
  const given = process.env['KAFKA_BOOTSTRAP_SERVER'];
  if (given !== undefined && given !== '') {
    process.env['TEST_KAFKA_BOOTSTRAP'] = given;
    return;
  }
  const dataDir = await mkdtemp(join(tmpdir(), 'test-broker-'));
  const broker = await KafkaBroker.start({ dataDir, extra: IMPATIENT });
  process.env['TEST_KAFKA_BOOTSTRAP'] = broker.bootstrapServer;
  globalThis.stopTestBroker = async () => {
    await broker.stop();
    await rm(dataDir, { recursive: true });
  };
}
