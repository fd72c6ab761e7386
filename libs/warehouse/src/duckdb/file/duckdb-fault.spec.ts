import { FaultError, type Fault } from '#pipeline';
import { isConflict, isFatal, toFault } from './duckdb-fault.js';

const PATH = '/data/warehouse.duckdb';

describe('a DuckDB error as a fault', () => {
  it.each<[string, Fault['class'], string]>([
    [
      `IO Error: Could not set lock on file "${PATH}": Conflicting lock is held in /usr/bin/node (PID 9180). See also`,
      'setup',
      'DUCKDB_LOCKED',
    ],
    [
      `IO Error: The file "${PATH}" exists, but it is not a valid DuckDB database file!`,
      'setup',
      'DUCKDB_NOT_A_DATABASE',
    ],
    [
      'IO Error: Trying to read a database file with version number 99, but we can only read versions between 64 and 67.',
      'setup',
      'DUCKDB_VERSION',
    ],
    [
      'IO Error: Corrupt database file: computed checksum 1 does not match stored checksum 2 in block at location 5517312',
      'setup',
      'DUCKDB_DAMAGED',
    ],
    [
      'FATAL Error: Failed to create checkpoint because of error: Corrupt database file: computed checksum 1 does not match',
      'setup',
      'DUCKDB_DAMAGED',
    ],
    [
      `IO Error: Could not read enough bytes from file "${PATH}": attempted to read 4096 bytes from location 8192`,
      'setup',
      'DUCKDB_DAMAGED',
    ],
    [
      `IO Error: Failure while replaying WAL file "${PATH}.wal": Corrupt WAL file: entry at byte position 84088`,
      'setup',
      'DUCKDB_WAL_DAMAGED',
    ],
    [`IO Error: Cannot open file "${PATH}": Permission denied`, 'setup', 'DUCKDB_NOT_WRITABLE'],
    [`IO Error: Cannot open file "${PATH}": Read-only file system`, 'setup', 'DUCKDB_NOT_WRITABLE'],
    [
      `TransactionContext Error: Failed to commit: Could not write file "${PATH}.wal": No space left on device`,
      'transient',
      'DUCKDB_DISK_FULL',
    ],
    [
      `FATAL Error: Failed to create checkpoint because of error: Could not write file "${PATH}": File too large`,
      'transient',
      'DUCKDB_DISK_FULL',
    ],
    [
      'Out of Memory Error: failed to pin block of size 256.0 KiB (47.6 MiB/47.6 MiB used)',
      'transient',
      'DUCKDB_OUT_OF_MEMORY',
    ],
    [
      'FATAL Error: Failed to create checkpoint because of error: failed to pin block of size 13.3 MiB (247.3 MiB/256.0 MiB used)',
      'transient',
      'DUCKDB_OUT_OF_MEMORY',
    ],
    ['Catalog Error: Table with name RAW_EVENTS_STREAM does not exist!', 'setup', 'DUCKDB_SCHEMA'],
    ['Binder Error: Table "RAW_EVENTS_STREAM" does not have a column', 'setup', 'DUCKDB_SCHEMA'],
    [
      'FATAL Error: Failed: database has been invalidated because of a previous fatal error.',
      'transient',
      'DUCKDB_INVALIDATED',
    ],
    ['Failed to query: connection disconnected', 'transient', 'DUCKDB_INVALIDATED'],
    [`IO Error: Could not read from file "${PATH}": Input/output error`, 'transient', 'DUCKDB_IO'],
    ['Whatever Error: nobody has seen this', 'transient', 'DUCKDB_OTHER'],
  ])('%s', (message, expectedClass, code) => {
    const fault = toFault(new Error(`${message}\n\nLINE 1: a statement`), PATH);

    expect(fault).toMatchObject({ class: expectedClass, code });
    expect(fault.message).toContain(PATH);
    expect(fault.message).not.toContain('LINE 1');
    if (fault.class === 'setup') expect(fault.remedy).not.toBeNull();
  });

  it('omits the message of an error in which DuckDB quotes data', () => {
    const quoting = 'Conversion Error: Malformed JSON at byte 15 of input.  Input: "{"card":"4111"}"';
    expect(toFault(new Error(quoting), PATH).message).toBe(
      `DuckDB file ${PATH}: a statement failed with an error of the kind "Conversion"`,
    );
    expect(toFault('4111', PATH).message).not.toContain('4111');
  });

  it.each([
    [
      'FATAL Error: Failed to create checkpoint because of error: out of luck',
      'because of error: out of luck',
    ],
    ['FATAL Error: Failed to append to PRIMARY_INGESTION_0: "{"card":"4111"}" is there', 'INGESTION_0: ...'],
    ["FATAL Error: Failed on 'it's 4111", 'Failed on ...'],
    ['Out of Memory Error: failed to pin block of size 13.3 MiB', 'failed to pin block of size 13.3 MiB'],
  ])('says why DuckDB failed, without the data that it quotes: %s', (text, why) => {
    const { message } = toFault(new Error(text), PATH);
    expect(message).toContain(why);
    expect(message).not.toContain('4111');
  });

  it('passes on an error that is already a fault', () => {
    const fault: Fault = { class: 'setup', code: 'X', message: 'x', remedy: null };
    expect(toFault(new FaultError(fault), PATH)).toBe(fault);
  });

  it.each([
    'TransactionContext Error: Conflict on update!',
    'TransactionContext Error: Failed to commit: PRIMARY KEY or UNIQUE constraint violation: duplicate key "b, 1"',
    'Constraint Error: Duplicate key "g: c, p: 1" violates primary key constraint.',
  ])('recognizes a conflict: %s', (message) => {
    expect(isConflict(new Error(message))).toBe(true);
  });

  it('recognizes errors that invalidate the database', () => {
    expect(isFatal(new Error('FATAL Error: Failed to create checkpoint'))).toBe(true);
    expect(isFatal(new Error('INTERNAL Error: Attempted to access index 5'))).toBe(true);
    expect(isFatal(new Error('TransactionContext Error: Conflict on update!'))).toBe(false);
  });
});
