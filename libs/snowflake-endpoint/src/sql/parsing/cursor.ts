import type { Token } from './lexer.js';
import { tokens, unexpected } from './lexer.js';
import type { QualifiedName, Query } from './syntax.js';

const END: Token = { kind: 'end', value: '<EOF>', at: 0 };

/** A position in a statement's text, with the basic steps of the parser. */
export class Cursor {
  private readonly tokens: Token[];
  private position = 0;
  /** The number of question marks so far. */
  private binds = 0;

  /** @param query parses a query at the cursor; expressions contain subqueries, and queries contain expressions */
  constructor(
    private readonly sql: string,
    readonly query: (cursor: Cursor) => Query,
  ) {
    this.tokens = tokens(sql);
  }

  get current(): Token {
    return this.tokens[this.position] ?? END;
  }

  peek(ahead = 1): Token {
    return this.tokens[this.position + ahead] ?? END;
  }

  take(): Token {
    const token = this.current;
    this.position++;
    return token;
  }

  mark(): number {
    return this.position;
  }

  reset(mark: number): void {
    this.position = mark;
  }

  /** The original text since the mark. */
  textSince(mark: number): string {
    return this.sql.slice(this.tokens[mark]?.at, this.current.at).trim();
  }

  nextBind(): number {
    return this.binds++;
  }

  /** Whether the next words are these. */
  at(...words: string[]): boolean {
    return words.every((word, ahead) => {
      const token = this.peek(ahead);
      return token.kind === 'word' && token.value === word;
    });
  }

  /** Takes the words if they are next. */
  skip(...words: string[]): boolean {
    if (!this.at(...words)) return false;
    this.position += words.length;
    return true;
  }

  expect(...words: string[]): void {
    if (!this.skip(...words)) this.fail();
  }

  atSymbol(symbol: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'symbol' && token.value === symbol;
  }

  skipSymbol(symbol: string): boolean {
    if (!this.atSymbol(symbol)) return false;
    this.position++;
    return true;
  }

  expectSymbol(symbol: string): void {
    if (!this.skipSymbol(symbol)) this.fail();
  }

  get atEnd(): boolean {
    return this.current.kind === 'end' || (this.atSymbol(';') && this.peek().kind === 'end');
  }

  skipToEnd(): void {
    while (!this.atEnd) this.position++;
  }

  identifier(): string {
    const token = this.take();
    if (token.kind !== 'word' && token.kind !== 'name') this.fail(token);
    return token.value;
  }

  /** A JSON key in its original case, which word tokens have lost. */
  rawIdentifier(): string {
    const { kind, value, at } = this.current;
    const name = this.identifier();
    return kind === 'word' ? this.sql.slice(at, at + value.length) : name;
  }

  qualifiedName(): QualifiedName {
    if (this.at('IDENTIFIER') && this.atSymbol('(', 1)) return this.identifierFunction();
    const parts = [this.identifier()];
    while (this.skipSymbol('.')) parts.push(this.identifier());
    return { parts: parts.slice(0, -1), name: parts.at(-1) ?? '' };
  }

  text(): string {
    const token = this.take();
    if (token.kind !== 'text') this.fail(token);
    return token.value;
  }

  integer(): number {
    const token = this.take();
    if (token.kind !== 'number') this.fail(token);
    return Number(token.value);
  }

  /** `(item, item, ...)` */
  list<T>(item: () => T): T[] {
    this.expectSymbol('(');
    const items = [item()];
    while (this.skipSymbol(',')) items.push(item());
    this.expectSymbol(')');
    return items;
  }

  fail(token = this.current): never {
    throw unexpected(this.sql, token.at);
  }

  /** IDENTIFIER('"db"."schema"."table"') */
  private identifierFunction(): QualifiedName {
    this.expect('IDENTIFIER');
    this.expectSymbol('(');
    const name = new Cursor(this.text(), this.query).qualifiedName();
    this.expectSymbol(')');
    return name;
  }
}
