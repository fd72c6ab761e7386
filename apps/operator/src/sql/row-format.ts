import type { QueryRow } from '#warehouse';

/** Turns the rows of one result into text, while they arrive. */
export interface RowWriter {
  /** Text before the first row. */
  begin(): string;
  row(row: QueryRow): string;
  /** Text after the last row. */
  end(): string;
  /** Whether the text leaves out parts of values. */
  readonly isCut: boolean;
}
