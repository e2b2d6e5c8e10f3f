import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean, IsOptional } from 'class-validator';

/** How the current key is replaced. */
export class RotateKeyDto {
  /**
   * Signs at once instead of ahead of its use: foreign servers that keep the key set may refuse new
   * tokens until their copy is out of date.
   */
  @IsOptional()
  @IsBoolean()
  readonly now?: boolean;
}

/** A signing key: never its private half. */
export class KeyAnswer {
  readonly kid!: string;
  readonly algorithm!: string;
  /** `next` will sign, `current` signs, `retired` only verifies, `revoked` does nothing. */
  readonly status!: 'next' | 'current' | 'retired' | 'revoked';
  readonly createdAt!: Date;
  /** From when a `next` key signs. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly activatesAt!: Date | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly activatedAt!: Date | null;
  /** When it stopped to sign. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly retiredAt!: Date | null;
  /** Until when a retired key verifies. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly verifiesUntil!: Date | null;
}

/** All keys at once: there are few. */
export class KeyListAnswer {
  @ApiProperty({ type: [KeyAnswer] })
  readonly items!: readonly KeyAnswer[];
  /** Always null. */
  @ApiProperty({ type: String, nullable: true })
  readonly nextCursor!: null;
}
