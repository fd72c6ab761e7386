import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
// Jest loads this file outside its sandbox, where `#testing` is the built code: build first.
import { KafkaBroker } from '#testing';

/** How the teardown, which Jest loads by itself, gets at what is started here. */
declare global {
  var stopTestBroker: (() => Promise<void>) | undefined;
}

/** One broker for all system tests. They find it, or the one that the caller gives, in TEST_KAFKA_BOOTSTRAP. */
export default async function startBroker(): Promise<void> {
  if (process.env['TEST_KAFKA_BOOTSTRAP'] !== undefined) return;
  const given = process.env['KAFKA_BOOTSTRAP_SERVER'];
  if (given !== undefined && given !== '') {
    process.env['TEST_KAFKA_BOOTSTRAP'] = given;
    return;
  }
  const dataDir = await mkdtemp(join(tmpdir(), 'test-broker-'));
  const broker = await KafkaBroker.start({ dataDir });
  process.env['TEST_KAFKA_BOOTSTRAP'] = broker.bootstrapServer;
  globalThis.stopTestBroker = async () => {
    await broker.stop();
    await rm(dataDir, { recursive: true });
  };
}
