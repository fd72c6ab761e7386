import { applyDecorators } from '@nestjs/common';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Min,
  ValidateBy,
} from 'class-validator';
import { LETTER_TYPES, parseCoordinates, type ErrorType } from '#pipeline';
import {
  ANY_DEAD_LETTER,
  DEAD_LETTER_STATUSES,
  type Actor,
  type DeadLetterFilter,
  type DeadLetterStatus,
} from '#warehouse';

/** Letters that one request may change. */
const MOST_LETTERS = 100;

/** Recorded after the name, which nobody has to prove. */
const ON_THE_PAGE = ' (page)';

/** A {@link keyText}: the id of a letter, and the timestamp of its message. */
const KEY = /^.+-\d{1,10}@\d{1,15} -?\d{1,19}$/;
const KEY_MESSAGE = { message: 'expected the keys of letters, as the list has them' };
const AreKeys = (): PropertyDecorator =>
  applyDecorators(
    Matches(KEY, { each: true, ...KEY_MESSAGE }),
    ArrayMinSize(1, KEY_MESSAGE),
    ArrayMaxSize(MOST_LETTERS, { message: `at most ${MOST_LETTERS} letters can be changed at a time` }),
  );

const WORDS = /^(?=.*\S)[^\p{Cc}]{1,1000}$/u;
const REASON_MESSAGE = { message: 'reason: expected a few words, at most 1,000 characters' };

/** An id: `sales_events-3@1042`. */
const IsId = (): PropertyDecorator =>
  ValidateBy({
    name: 'isId',
    validator: {
      validate: (id) => typeof id === 'string' && parseCoordinates(id) !== null,
      defaultMessage: () => 'id: expected topic-partition@offset, such as sales_events-3@1042',
    },
  });

/** A text that UTF-8 can hold. */
const IsWellFormed = (): PropertyDecorator =>
  ValidateBy({
    name: 'isWellFormed',
    validator: {
      validate: (value) => typeof value === 'string' && value.isWellFormed(),
      defaultMessage: () => 'edited: expected a text without lone surrogates',
    },
  });

/** Selects letters; what is absent matches everything, except that only open letters are selected by default. */
export class LetterQuery {
  @IsIn([...DEAD_LETTER_STATUSES, 'all'])
  status: DeadLetterStatus | 'all' = 'open';

  @IsOptional()
  @IsIn(LETTER_TYPES)
  type?: ErrorType;

  @IsOptional()
  @IsString()
  eventType?: string;

  @IsOptional()
  @IsString()
  field?: string;

  @IsOptional()
  @IsString()
  producer?: string;

  @IsOptional()
  @IsId()
  id?: string;

  /** Failed at or after this time, in epoch milliseconds. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  since?: number;

  /** How many of the matching letters to skip. */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  from = 0;

  get filter(): DeadLetterFilter {
    const id = this.id === undefined ? null : parseCoordinates(this.id);
    return {
      ...ANY_DEAD_LETTER,
      statuses: this.status === 'all' ? null : [this.status],
      errorType: this.type ?? null,
      eventType: this.eventType ?? null,
      field: this.field ?? null,
      producer: this.producer ?? null,
      failedSinceMs: this.since ?? null,
      ids: id === null ? null : [id],
    };
  }
}

/** A trial: nothing is sent. */
export class CheckRequest {
  @Matches(KEY, KEY_MESSAGE)
  key!: string;

  /** The new value; the original one if absent. */
  @IsOptional()
  @IsWellFormed()
  edited?: string;
}

/** Who acts, in their own words: the token is the same for everybody. */
class Named {
  @Matches(/^(?=.*\S)[^\p{Cc}]{1,100}$/u, { message: 'user: expected a name of at most 100 characters' })
  user!: string;
}

export class LiftRequest extends Named {
  @Matches(WORDS, REASON_MESSAGE)
  reason!: string;

  get by(): Actor & { reason: string } {
    return { user: this.user.trim() + ON_THE_PAGE, reason: this.reason.trim() };
  }
}

export class ResolveRequest extends LiftRequest {
  @AreKeys()
  keys!: string[];
}

export class RedriveRequest extends Named {
  @AreKeys()
  keys!: string[];

  @IsOptional()
  @Matches(WORDS, REASON_MESSAGE)
  reason?: string;

  /** The new value of the only letter. */
  @IsOptional()
  @IsWellFormed()
  edited?: string;

  /** Also sends what would be a dead letter again. */
  @IsOptional()
  @IsBoolean()
  force?: boolean;

  get by(): Actor {
    return { user: this.user.trim() + ON_THE_PAGE, reason: this.reason?.trim() ?? null };
  }
}
