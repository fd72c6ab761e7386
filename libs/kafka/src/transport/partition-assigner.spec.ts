import { AssignerProtocol, type Cluster, type Logger, type PartitionMetadata } from 'kafkajs';
import { roundRobinByNumber } from './partition-assigner.js';

const TOPIC = 'sales_events';

async function assigned(members: readonly string[], listed: readonly number[]): Promise<number[][]> {
  const metadata = listed.map((partitionId) => ({ partitionId }) as PartitionMetadata);
  const cluster = { findTopicPartitionMetadata: () => metadata } as unknown as Cluster;
  const assigner = roundRobinByNumber({ cluster, groupId: 'ingestion', logger: {} as Logger });
  const group = members.map((memberId) => ({ memberId, memberMetadata: Buffer.alloc(0) }));
  const assignments = await assigner.assign({ members: group, topics: [TOPIC] });
  return assignments.map(
    ({ memberAssignment }) =>
      AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment[TOPIC] ?? [],
  );
}

describe('roundRobinByNumber', () => {
  it('assigns by number, in whatever order the broker lists the partitions', async () => {
    expect(await assigned(['c', 'a', 'b'], [5, 0, 3, 6, 1, 4, 2])).toEqual([
      [0, 3, 6],
      [1, 4],
      [2, 5],
    ]);
  });

  it('leaves a member without partitions if there are more members than partitions', async () => {
    expect(await assigned(['c', 'a', 'b'], [1, 0])).toEqual([[0], [1]]);
  });
});
