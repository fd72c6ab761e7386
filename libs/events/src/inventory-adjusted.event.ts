import { IsIn, IsOptional, IsString, IsUUID } from 'class-validator';
import { IsSafeInteger } from './is-safe-integer.js';

const ADJUSTMENT_TYPES = ['REPLENISHMENT', 'CORRECTION', 'SPOILAGE'] as const;

/** A warehouse's stock of one wine changed for a reason other than an order. */
export class InventoryAdjustedEvent {
  static readonly eventType = 'INVENTORY_ADJUSTED';
  /** The field that identifies the event. */
  static readonly identity = 'event_id';

  // Any 8-4-4-4-12 hexadecimal digits in either case: the version bits are up to the producer.
  @IsUUID('loose', { message: 'a UUID' })
  readonly event_id!: string;

  @IsSafeInteger()
  readonly product_id!: number;

  @IsSafeInteger()
  readonly quantity_change!: number;

  @IsIn(ADJUSTMENT_TYPES, { message: `one of ${ADJUSTMENT_TYPES.join(', ')}` })
  readonly adjustment_type!: (typeof ADJUSTMENT_TYPES)[number];

  @IsOptional()
  @IsString()
  readonly product_name?: string | null;

  @IsOptional()
  @IsString()
  readonly category?: string | null;

  @IsOptional()
  @IsString()
  readonly warehouse_location?: string | null;

  @IsOptional()
  @IsString()
  readonly event_ts?: string | null;

  @IsOptional()
  @IsString()
  readonly source_service?: string | null;

  @IsOptional()
  @IsString()
  readonly emoji?: string | null;
}
