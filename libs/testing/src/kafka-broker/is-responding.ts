import { Kafka, logLevel } from 'kafkajs';

/**
 * Whether the broker of this cluster responds, not another one on its port, and groups can be joined: the group coordinator
 * loads last.
 */
export async function isResponding(bootstrapServer: string, clusterId: string): Promise<boolean> {
  const kafka = new Kafka({
    brokers: [bootstrapServer],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1000,
    retry: { retries: 0 },
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    await admin.listTopics();
    await admin.describeGroups(['none']);
    return (await admin.describeCluster()).clusterId === clusterId;
  } finally {
    await admin.disconnect();
  }
}
