import { FaultError } from '#pipeline';
import { INGESTION_CHECKPOINTS } from '../tables.js';

/**
 * The row of INGESTION_CHECKPOINTS whose NEXT_OFFSET is the token of the present restorer. Each transaction of a restorer
 * requires its own token. No group has an empty name.
 */
export const RESTORING = { group: '', topic: 'restoring', partition: -1 } as const;

export const OF_RESTORING = `CONSUMER_GROUP = '${RESTORING.group}' AND "TOPIC" = '${RESTORING.topic}'
  AND "PARTITION" = ${RESTORING.partition}`;

/** The values of the row for {@link INGESTION_CHECKPOINTS}. The token is our own number. */
export function restoringValues(token: number, now: string): string {
  return `'${RESTORING.group}', '${RESTORING.topic}', ${RESTORING.partition}, 0, ${token}, 0, 0, 0, 0, 0, NULL, ${now}`;
}

export const RESTORING_COLUMNS = INGESTION_CHECKPOINTS.columns.map(({ name }) => `"${name}"`).join(', ');

export function newToken(): number {
  return 1 + Math.floor(Math.random() * 2 ** 47);
}

/** Another restorer has opened since: what this one knows of the tables may be outdated. */
export function replaced(): FaultError {
  return new FaultError({
    class: 'setup',
    code: 'RESTORER_REPLACED',
    message: 'Another replay has begun to write to these tables',
    remedy: 'Let that one end, then run the command again: it leaves out what is stored by then',
  });
}
