import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { answerMessage } from './message-answer';
import { AnyAuthError } from './problem';

/**
 * Answers an `AuthError` outside HTTP. It knows no application, so that one can stand in the metadata
 * of a class: Nest's global filters do not reach gateways, nor the message handlers of a microservice
 * that was connected without `inheritAppConfig`.
 */
@Catch(AnyAuthError)
export class MessageErrorFilter implements ExceptionFilter {
  catch(thrown: unknown, host: ArgumentsHost): Observable<never> | void {
    return answerMessage(thrown, host);
  }
}
