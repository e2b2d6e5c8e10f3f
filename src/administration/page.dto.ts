import { IsInt, Max, Min } from 'class-validator';
import { MAX_LIMIT } from '../database/page';
import { FromDigits, IsId, Omittable } from './dto-rules';

/** Which page of a list, the newest first. */
export class PageQueryDto {
  /** How many items at most, 1 to 100. */
  @Omittable()
  @FromDigits()
  @IsInt()
  @Min(1)
  @Max(MAX_LIMIT)
  readonly limit?: number;

  /** `nextCursor` of the page before. */
  @Omittable()
  @IsId()
  readonly cursor?: string;
}
