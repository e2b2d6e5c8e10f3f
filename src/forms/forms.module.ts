import { Module, type DynamicModule } from '@nestjs/common';
import { AuthenticationModule } from '../authentication/authentication.module';
import type { FormOptions } from '../options/form-options';
import { SessionsModule } from '../sessions/sessions.module';
import { FormAnswerInterceptor } from './form-answer.interceptor';
import { FormLoginFilter } from './form-login.filter';
import { FormLoginGuard } from './form-login.guard';
import { FormLogoutFilter } from './form-logout.filter';
import { FormLogoutGuard } from './form-logout.guard';
import { FormPages } from './form-pages';
import { FormsController } from './forms.controller';
import { FormsService } from './forms.service';

/** Login and logout by plain HTML forms, where the application has pages for them. */
@Module({})
export class FormsModule {
  static forRoot(pages: FormOptions): DynamicModule {
    return {
      module: FormsModule,
      imports: [AuthenticationModule, SessionsModule],
      controllers: [FormsController],
      providers: [
        { provide: FormPages, useValue: pages },
        FormAnswerInterceptor,
        FormLoginFilter,
        FormLoginGuard,
        FormLogoutFilter,
        FormLogoutGuard,
        FormsService,
      ],
    };
  }
}
