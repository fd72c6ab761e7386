/**
 * The metadata that this service writes with every committed offset. It identifies the service's own commits, and says
 * where the records below the offset were settled.
 */
export interface CommitMark {
  /** The identity of the warehouse that has these records. */
  warehouse: string;
  /** The first offset of the partition's ledger there: every offset of [first, committed) is settled. */
  first: number;
}

const SERVICE = 'caves-albert-ingestion';

/** Serializes the mark as the metadata of a committed offset. */
export function toMetadata({ warehouse, first }: CommitMark): string {
  return JSON.stringify({ service: SERVICE, warehouse, first });
}

/** Parses the metadata of a committed offset. Returns null if this service did not write it. */
export function toMark(metadata: string): CommitMark | null {
  try {
    const { service, warehouse, first } = JSON.parse(metadata) as Record<string, unknown>;
    const isOurs = service === SERVICE && typeof warehouse === 'string' && typeof first === 'number';
    return isOurs ? { warehouse, first } : null;
  } catch {
    return null;
  }
}
