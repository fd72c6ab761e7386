import type { KafkaFetchedBatch } from '#kafka';
import type { IngestionPipeline } from '#pipeline';
import { SalesEventsController } from './sales-events.controller.js';

describe('SalesEventsController', () => {
  const rebalancing = new Error('The group is rebalancing, so a rejoin is needed');
  const after = (error: Error, heartbeatError: unknown) => {
    const pipeline = { accept: () => Promise.reject(error) };
    const controller = new SalesEventsController(pipeline as Partial<IngestionPipeline> as IngestionPipeline);
    return controller.onFetched({ heartbeatError } as Partial<KafkaFetchedBatch> as KafkaFetchedBatch);
  };

  it('leaves a rebalance to the transport, so that Nest does not log it as an error', async () => {
    await expect(after(rebalancing, rebalancing)).resolves.toBeUndefined();
  });

  it('throws every other error', async () => {
    const bug = new TypeError('bug');
    await expect(after(bug, null)).rejects.toBe(bug);
    await expect(after(bug, rebalancing)).rejects.toBe(bug);
  });
});
