import { IsNotEmpty, IsString, MaxLength } from 'class-validator';

/** Only bounds the work of a request. */
const MAX_PASSWORD = 4096;

export class StepUpDto {
  /** The password of the account that is signed in. */
  @IsString()
  @IsNotEmpty()
  @MaxLength(MAX_PASSWORD)
  password!: string;
}
