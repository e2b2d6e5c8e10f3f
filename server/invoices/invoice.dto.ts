import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  IsIn,
  IsInt,
  IsISO4217CurrencyCode,
  IsOptional,
  IsString,
  IsUUID,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';

/** Far inside the range in which every whole number is exact, sums included. */
const MAX_AMOUNT_CENTS = 1_000_000_000_000;

/** PostgreSQL stores no NUL, and no other control character belongs in a name. */
const PRINTABLE = /^(?=.*\S)[^\p{Cc}\p{Cs}]+$/u;

/** An invoice to be written down as a draft. */
export class CreateInvoiceDto {
  /** Unique within the tenant. @example 'INV-2026-0042' */
  @IsString()
  @Matches(/^[A-Za-z0-9][A-Za-z0-9/._-]{0,31}$/, {
    message: 'number must be 1 to 32 letters, digits or / . _ -',
  })
  readonly number!: string;

  /** @example 'Acme Ltd.' */
  @IsString()
  @MaxLength(200)
  @Matches(PRINTABLE, { message: 'customer must be text without control characters' })
  readonly customer!: string;

  /** In the smallest unit of the currency. @example 129900 */
  @ApiProperty({ type: 'integer' })
  @IsInt()
  @Min(1)
  @Max(MAX_AMOUNT_CENTS)
  readonly amountCents!: number;

  /** ISO 4217. @example 'EUR' */
  @IsString()
  @IsISO4217CurrencyCode()
  readonly currency!: string;
}

/** Which page of the list. */
export class ListInvoicesDto {
  /** How many invoices at most. */
  @ApiPropertyOptional({ type: 'integer' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  readonly limit: number = 50;

  /** `nextCursor` of the page before. */
  @IsOptional()
  @IsUUID()
  readonly cursor?: string;

  /** Only those of this status. */
  @IsOptional()
  @IsIn(['draft', 'approved'])
  readonly status?: 'draft' | 'approved';
}

/** Which invoice. */
export class InvoiceIdDto {
  @IsUUID()
  readonly id!: string;
}

/** An invoice as the API shows it. */
export class InvoiceDto {
  readonly id!: string;
  readonly tenantId!: string | null;
  readonly number!: string;
  readonly customer!: string;
  readonly amountCents!: number;
  readonly currency!: string;
  readonly status!: 'draft' | 'approved';
  /** The account that wrote the draft. */
  readonly createdBy!: string;
  /** The account that approved it; never the one that wrote the draft. */
  readonly approvedBy!: string | null;
  readonly createdAt!: Date;
}

/** One page of invoices, the newest first. */
export class InvoicePageDto {
  readonly items!: InvoiceDto[];
  /** Pass it as `cursor` for the next page; `null` on the last one. */
  readonly nextCursor!: string | null;
}
