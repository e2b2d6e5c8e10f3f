import { translateDatabaseError } from '@portcullis/nest';

/**
 * What a statement of our own answers.
 *
 * @throws AuthError `database_unavailable` where PostgreSQL is away, and whatever else went wrong
 */
export async function orUnavailable<Result>(statement: Promise<Result>): Promise<Result> {
  try {
    return await statement;
  } catch (error) {
    throw translateDatabaseError(error);
  }
}
