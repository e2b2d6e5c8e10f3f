/** The whole answer of a probe. */
export class HealthDto {
  readonly status!: 'ok';
}
