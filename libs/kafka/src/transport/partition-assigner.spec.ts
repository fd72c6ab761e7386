import { AssignerProtocol, type Cluster, type Logger, type PartitionMetadata } from 'kafkajs';
import { roundRobinByNumber } from './partition-assigner.js';

const TOPIC = 'sales_events';

async function dealt(members: readonly string[], named: readonly number[]): Promise<number[][]> {
  const metadata = named.map((partitionId) => ({ partitionId }) as PartitionMetadata);
  const cluster = { findTopicPartitionMetadata: () => metadata } as unknown as Cluster;
  const assigner = roundRobinByNumber({ cluster, groupId: 'ingestion', logger: {} as Logger });
  const group = members.map((memberId) => ({ memberId, memberMetadata: Buffer.alloc(0) }));
  const assignments = await assigner.assign({ members: group, topics: [TOPIC] });
  return assignments.map(
    ({ memberAssignment }) =>
      AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment[TOPIC] ?? [],
  );
}

describe('the dealing of partitions', () => {
  it('goes by their numbers, in whichever order the broker names them', async () => {
    expect(await dealt(['c', 'a', 'b'], [5, 0, 3, 6, 1, 4, 2])).toEqual([
      [0, 3, 6],
      [1, 4],
      [2, 5],
    ]);
  });

  it('leaves a member without any where there are more of them', async () => {
    expect(await dealt(['c', 'a', 'b'], [1, 0])).toEqual([[0], [1]]);
  });
});
