import { FaultError, type Fault } from '#pipeline';

/** Another connection changed, or is changing, the rows that a statement meant to change. */
export function isConflict(error: unknown): boolean {
  return /Conflict on|write-write conflict|Duplicate key|UNIQUE constraint violation/i.test(textOf(error));
}

/** A text that DuckDB does not accept as JSON. The error message quotes it. */
export function isConversionError(error: unknown): boolean {
  return textOf(error).startsWith('Conversion Error');
}

/** DuckDB refuses all further work until the database is reopened. */
export function isFatal(error: unknown): boolean {
  return /^(FATAL|INTERNAL) Error|database has been invalidated|connection disconnected/.test(textOf(error));
}

/** DuckDB met a corrupt or missing block. */
const DAMAGE = /Corrupt database file|Could not read enough bytes from file/;

/** Whether the file itself is damaged: DuckDB may still accept commits, and fail hours later. */
export function isDamage(error: unknown): boolean {
  return DAMAGE.test(textOf(error));
}

interface Rule {
  pattern: RegExp;
  fault: Omit<Fault, 'message'>;
  /** Precedes DuckDB's own first line. */
  says: string;
  /** `outline`: up to the first quotation mark, after which data may follow. */
  quotes: 'all' | 'outline';
}

/** The first rule that matches applies. An error without a rule is transient. */
const RULES: readonly Rule[] = [
  {
    pattern: /^IO Error: Could not set lock on file/,
    fault: {
      class: 'setup',
      code: 'DUCKDB_LOCKED',
      remedy:
        'End the process that has it open, or set DUCKDB_PATH to another file: DuckDB allows only one process',
    },
    says: 'The file is in use',
    quotes: 'all',
  },
  {
    pattern: /^IO Error: Failure while replaying WAL file/,
    fault: {
      class: 'setup',
      code: 'DUCKDB_WAL_DAMAGED',
      remedy:
        'Copy the file and its .wal elsewhere, remove the .wal and restart: the file then has the state in which the log ' +
        'was last merged into it, and the service reads the rest from Kafka again',
    },
    says: 'The write-ahead log is damaged',
    quotes: 'all',
  },
  {
    pattern: /with version number/,
    fault: {
      class: 'setup',
      code: 'DUCKDB_VERSION',
      remedy: 'Run a release of this service that is as new as the one that wrote the file',
    },
    says: 'The file was written by another version of DuckDB',
    quotes: 'all',
  },
  {
    pattern: DAMAGE,
    fault: {
      class: 'setup',
      code: 'DUCKDB_DAMAGED',
      remedy:
        'Keep a copy of the file, restore the last good backup and restart: the service resumes from the checkpoints in ' +
        'it, as long as Kafka still has the events. Without a backup, move the file away; see the runbook, ' +
        '"DuckDB file"',
    },
    says: 'The file is damaged',
    quotes: 'all',
  },
  {
    pattern: /^IO Error: .*(not a valid DuckDB database file|Is a directory)/,
    fault: {
      class: 'setup',
      code: 'DUCKDB_NOT_A_DATABASE',
      remedy:
        'If DUCKDB_PATH names the wrong file, correct it. If this was the warehouse, restore its last good backup; see ' +
        'the runbook, "DuckDB file"',
    },
    says: 'The file cannot be read as a database',
    quotes: 'all',
  },
  {
    pattern: /^IO Error: .*(Cannot open file|Permission denied|Read-only file system)/,
    fault: {
      class: 'setup',
      code: 'DUCKDB_NOT_WRITABLE',
      remedy: 'Create the folder of DUCKDB_PATH, and let this user write to it',
    },
    says: 'The file cannot be opened for writing',
    quotes: 'all',
  },
  {
    pattern: /Could not write|No space left|Disk quota|File too large|max_temp_directory_size/,
    fault: {
      class: 'transient',
      code: 'DUCKDB_DISK_FULL',
      remedy: 'Free space on the disk, or move DUCKDB_PATH to a larger one',
    },
    says: 'The disk did not accept the data',
    quotes: 'all',
  },
  {
    pattern: /^Out of Memory Error|^FATAL Error: .*(failed to (pin|allocate)|could not allocate)/,
    fault: {
      class: 'transient',
      code: 'DUCKDB_OUT_OF_MEMORY',
      remedy: 'Lower BATCH_MAX_BYTES',
    },
    says: "The batch does not fit into DuckDB's memory limit",
    quotes: 'outline',
  },
  {
    pattern: /^(Catalog|Binder) Error/,
    fault: {
      class: 'setup',
      code: 'DUCKDB_SCHEMA',
      remedy: 'Restore the table, or rename it and restart the service, which creates missing tables',
    },
    says: 'A table or column is not what the service needs',
    quotes: 'all',
  },
  {
    pattern: /^(FATAL|INTERNAL) Error|database has been invalidated|connection disconnected/,
    fault: { class: 'transient', code: 'DUCKDB_INVALIDATED', remedy: null },
    says: 'DuckDB invalidated the database; it is reopened before the next attempt',
    quotes: 'outline',
  },
  {
    pattern: /^(IO|TransactionContext) Error/,
    fault: { class: 'transient', code: 'DUCKDB_IO', remedy: null },
    says: 'DuckDB could not complete an operation',
    quotes: 'all',
  },
];

/** Converts an error to a fault without event content, which DuckDB quotes in many of its errors. */
export function toFault(error: unknown, path: string): Fault {
  if (error instanceof FaultError) return error.fault;
  const firstLine = firstLineOf(error);
  const rule = RULES.find(({ pattern }) => pattern.test(firstLine));
  if (rule !== undefined) {
    const { fault, says, quotes } = rule;
    const quoted = quotes === 'outline' ? outlineOf(firstLine) : firstLine;
    return { ...fault, message: `DuckDB file ${path}: ${says}: ${quoted}` };
  }
  const kind = /^([A-Z][A-Za-z ]{1,30}) Error:/.exec(firstLine)?.[1] ?? 'unknown';
  return {
    class: 'transient',
    code: 'DUCKDB_OTHER',
    message: `DuckDB file ${path}: a statement failed with an error of the kind "${kind}"`,
    remedy: null,
  };
}

/** Cuts at the first quotation mark: the quoted text may contain more of them. */
function outlineOf(sentence: string): string {
  return sentence.replace(/["'].*$/, '...');
}

/** What happened, without the place in the statement that DuckDB prints below it. */
export function firstLineOf(error: unknown): string {
  return textOf(error).split('\n')[0] ?? '';
}

/** Without instanceof: the binding's errors may come from another realm. */
function textOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error
    ? String(error.message)
    : String(error);
}

/** An operator command never creates the file. */
export function noFile(path: string): Fault {
  return {
    class: 'setup',
    code: 'DUCKDB_NO_FILE',
    message: `There is no DuckDB file ${path}`,
    remedy: 'Correct DUCKDB_PATH, or start the service once: it creates the file',
  };
}
