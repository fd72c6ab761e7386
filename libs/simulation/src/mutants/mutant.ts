/** Removes a rule of the product: a text of a source file, and its replacement. */
export interface Mutant {
  /** Names what the product does wrong then. */
  name: string;
  file: string;
  text: string;
  by: string;
  /** Why no world can find it; such a mutant is not tried. */
  redundant?: string;
  /** Whether only a recreated topic shows it. */
  isOfMadeAnew?: boolean;
  /** Whether only a world on Snowpipe Streaming runs the file. */
  isOfStreaming?: boolean;
  /** The folder of the specs that find it, if worlds do not. */
  specs?: string;
}

/** Mutants of one file. */
export function mutantsOf(
  file: string,
  mutants: Record<string, readonly [text: string, by: string, redundant?: string]>,
): Mutant[] {
  return Object.entries(mutants).map(([name, [text, by, redundant]]) => ({
    name,
    file,
    text,
    by,
    ...(redundant === undefined ? {} : { redundant }),
  }));
}

/** Mutants that only a recreated topic shows. */
export function ofMadeAnew(mutants: readonly Mutant[]): Mutant[] {
  return mutants.map((mutant) => ({ ...mutant, isOfMadeAnew: true }));
}

/** Mutants of files that only worlds on Snowpipe Streaming run. */
export function ofStreaming(mutants: readonly Mutant[]): Mutant[] {
  return mutants.map((mutant) => ({ ...mutant, isOfStreaming: true }));
}

/** Mutants that no world finds: specs do. */
export function foundBy(specs: string, mutants: readonly Mutant[]): Mutant[] {
  return mutants.map((mutant) => ({ ...mutant, specs }));
}
