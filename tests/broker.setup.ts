import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
// Jest loads this file outside its sandbox, where `#testing` is the built code, so build first.
import { KafkaBroker } from '#testing';

/** Passes the broker to the teardown, which Jest loads separately. */
declare global {
  var stopTestBroker: (() => Promise<void>) | undefined;
}

/** By default, compaction and transaction timeouts run only every 15 and 10 s. */
const IMPATIENT = {
  'log.cleaner.backoff.ms': '500',
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '500',
};

/** One broker for all system tests. TEST_KAFKA_BOOTSTRAP names it, or another one that the caller provides. */
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
