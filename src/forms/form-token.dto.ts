/** What a page needs for its forms. */
export class FormTokenAnswer {
  /** The value of the hidden field `form_token`. */
  readonly formToken!: string;
}
