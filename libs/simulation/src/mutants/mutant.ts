/** A rule of the product, taken out: a text of a source file, and what stands there instead. */
export interface Mutant {
  /** What the product does no longer. */
  name: string;
  file: string;
  text: string;
  by: string;
  /** Why no world can find it; then it is not tried. */
  redundant?: string;
  /** Only a topic that is made anew shows it. */
  isOfMadeAnew?: boolean;
  /** The folder of the specs that find it, where no world runs the file; worlds find all others. */
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

/** Mutants that only a topic that is made anew shows. */
export function ofMadeAnew(mutants: readonly Mutant[]): Mutant[] {
  return mutants.map((mutant) => ({ ...mutant, isOfMadeAnew: true }));
}

/** Mutants of what no world runs: specs find them. */
export function foundBy(specs: string, mutants: readonly Mutant[]): Mutant[] {
  return mutants.map((mutant) => ({ ...mutant, specs }));
}
