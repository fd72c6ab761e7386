import { Contains, IsIn, IsInt, IsString, Length, Min } from 'class-validator';
import { contractSchema, readsText } from './contract-schema.js';
import { DTO_CLASSES, type DtoClass } from '../event-types.js';

/** A contract with one field. */
function contract(...rules: PropertyDecorator[]): Record<string, unknown> {
  class OneField {
    static readonly eventType = 'CELLAR_VISITED';
    readonly field!: string;
  }
  for (const rule of rules) rule(OneField.prototype, 'field');
  return contractSchema(OneField as unknown as DtoClass);
}

describe('readsText', () => {
  it('is false for the existing contracts, so that the fast path covers them', () => {
    for (const dtoClass of DTO_CLASSES) expect(readsText(contractSchema(dtoClass))).toBe(false);
  });

  it('is false for rules about numbers, any text, or ASCII text', () => {
    expect(readsText(contract(IsInt(), Min(1)))).toBe(false);
    expect(readsText(contract(IsString()))).toBe(false);
    expect(readsText(contract(IsIn(['ROUGE', 'BLANC'])))).toBe(false);
  });

  it('is true for rules about length, patterns, or non-ASCII text', () => {
    expect(readsText(contract(IsString(), Length(1, 5)))).toBe(true);
    expect(readsText(contract(Contains('é')))).toBe(true);
    expect(readsText(contract(IsIn(['ROSÉ'])))).toBe(true);
  });
});
