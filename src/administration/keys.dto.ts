import { ApiProperty } from '@nestjs/swagger';

/** A signing key: never its private half. */
export class KeyAnswer {
  readonly kid!: string;
  readonly algorithm!: string;
  /** `next` will sign, `current` signs, `retired` only verifies, `revoked` does nothing. */
  readonly status!: 'next' | 'current' | 'retired' | 'revoked';
  readonly createdAt!: Date;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly activatedAt!: Date | null;
  /** When it stopped to sign. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly retiredAt!: Date | null;
}

/** All keys at once: there are few. */
export class KeyListAnswer {
  @ApiProperty({ type: [KeyAnswer] })
  readonly items!: readonly KeyAnswer[];
  /** Always null. */
  @ApiProperty({ type: String, nullable: true })
  readonly nextCursor!: null;
}
