import type { Kafka } from 'kafkajs';
import { withAdminClient } from './command-requests.js';

/**
 * Returns the distinct client ids of the group's other members. All pods of this service share one client id.
 *
 * @throws FaultError
 */
export async function otherClientIds(kafka: Kafka, groupId: string, clientId: string): Promise<string[]> {
  const ids = await groupClientIds(kafka, groupId);
  return [...new Set(ids)].filter((id) => id !== clientId);
}

/**
 * Returns the client id of each member of the group.
 *
 * @throws FaultError
 */
export async function groupClientIds(kafka: Kafka, groupId: string): Promise<string[]> {
  return withAdminClient(kafka, 'listing the members of the group', async (admin) => {
    const { groups } = await admin.describeGroups([groupId]);
    return groups.flatMap(({ members }) => members.map(({ clientId }) => clientId));
  });
}
