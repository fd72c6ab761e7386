import type { Fault } from '#pipeline';

export interface ListedObject {
  key: string;
  bytes: number;
  writtenAtMs: number;
}

/** The lake's port to the objects. Keys are paths with slashes; an object never changes once it is written. */
export abstract class ObjectStore {
  /** Names this store in messages, and identifies it among others. */
  abstract readonly location: string;

  /** Whether objects can be written and listed here. Returns all faults found. */
  abstract check(): Promise<Fault[]>;

  /**
   * Writes an object unless there is one with this key: completely or not at all, and durably once it returns.
   *
   * @param metadata for people and other tools; this service reads the footer of the content
   * @throws FaultError; the object may have been written nevertheless
   */
  abstract put(
    key: string,
    content: Buffer,
    metadata: Readonly<Record<string, string>>,
  ): Promise<'written' | 'exists'>;

  /** Every object whose key begins with the prefix, in the order of keys. @throws FaultError */
  abstract list(prefix: string): AsyncIterable<ListedObject>;

  /** The object with the greatest key below a partition's prefix; null if there is none. @throws FaultError */
  abstract last(prefix: string): Promise<ListedObject | null>;

  /** The last bytes of an object. @throws FaultError */
  abstract tail(key: string, bytes: number): Promise<Buffer>;

  /** The content of an object. @throws FaultError */
  abstract read(key: string): AsyncIterable<Buffer>;

  abstract close(): Promise<void>;
}
