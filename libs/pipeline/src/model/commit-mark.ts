/**
 * What this service writes beside every offset that it commits: it tells its own commits from anybody else's, and
 * says where the records below were settled.
 */
export interface CommitMark {
  /** The identity of the warehouse that holds them. */
  warehouse: string;
  /** The first offset of the partition's ledger there: all of [first, committed) is settled. */
  first: number;
}

const SERVICE = 'caves-albert-ingestion';

/** The mark as the metadata of a committed offset. */
export function toMetadata({ warehouse, first }: CommitMark): string {
  return JSON.stringify({ service: SERVICE, warehouse, first });
}

/** The mark that metadata holds; null where the commit is not ours. */
export function toMark(metadata: string): CommitMark | null {
  try {
    const { service, warehouse, first } = JSON.parse(metadata) as Record<string, unknown>;
    const isOurs = service === SERVICE && typeof warehouse === 'string' && typeof first === 'number';
    return isOurs ? { warehouse, first } : null;
  } catch {
    return null;
  }
}
