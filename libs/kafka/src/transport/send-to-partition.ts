import type { Producer, ProducerRecord } from 'kafkajs';

/** kafkajs reported a success and sent nothing. It does so until the producer connects anew. */
export class NothingSent extends Error {
  override name = 'NothingSent';
  readonly code = 'NOTHING_SENT';

  constructor() {
    super('the client sent nothing, because it mistakes one broker for another');
  }
}

/**
 * Sends messages that all belong to one partition, and returns once it has acknowledged them.
 *
 * @throws NothingSent, and what kafkajs throws
 */
export async function sendToPartition(producer: Producer, record: ProducerRecord): Promise<void> {
  const acknowledged = await producer.send(record);
  if (acknowledged.length === 0) throw new NothingSent();
}
