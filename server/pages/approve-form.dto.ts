import { IsOptional, IsString } from 'class-validator';

/** The fields of the form that approves an invoice. */
export class ApproveFormDto {
  /**
   * The page to go to, which is also told why where the approval is refused. Anything but a path of this
   * server leads to the invoices.
   */
  @IsOptional()
  @IsString()
  readonly returnTo?: string;
}
