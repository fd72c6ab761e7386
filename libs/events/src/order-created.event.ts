import { IsNumber, IsOptional, IsString, IsUUID } from 'class-validator';
import { IsSafeInteger } from './is-safe-integer.js';

/** A customer ordered a quantity of one wine: one line of an order. */
export class OrderCreatedEvent {
  static readonly eventType = 'ORDER_CREATED';
  /** The field that identifies the event. */
  static readonly identity = 'order_line_id';

  // Any 8-4-4-4-12 hexadecimal digits in either case: the version bits are up to the producer.
  @IsUUID('loose', { message: 'a UUID' })
  readonly order_line_id!: string;

  @IsSafeInteger()
  readonly customer_id!: number;

  @IsSafeInteger()
  readonly product_id!: number;

  @IsSafeInteger({ min: 1 })
  readonly quantity!: number;

  @IsOptional()
  @IsString()
  readonly product_name?: string | null;

  @IsOptional()
  @IsString()
  readonly category?: string | null;

  @IsOptional()
  @IsNumber()
  readonly unit_price?: number | null;

  @IsOptional()
  @IsNumber()
  readonly total_price?: number | null;

  @IsOptional()
  @IsNumber()
  readonly discount?: number | null;

  @IsOptional()
  @IsNumber()
  readonly bottle_size_l?: number | null;

  @IsOptional()
  @IsString()
  readonly sales_channel?: string | null;

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
