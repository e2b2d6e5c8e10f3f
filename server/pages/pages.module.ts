import { Module } from '@nestjs/common';
import { authModule } from '../auth';
import { InvoicesModule } from '../invoices/invoices.module';
import { InvoicesPageController } from './invoices-page.controller';
import { InvoicesPageService } from './invoices-page.service';
import { LoginPageController } from './login-page.controller';
import { PageFilter } from './page.filter';
import { PageInterceptor } from './page.interceptor';

/** Pages for browsers without script, beside the API. */
@Module({
  imports: [authModule, InvoicesModule],
  controllers: [LoginPageController, InvoicesPageController],
  providers: [InvoicesPageService, PageFilter, PageInterceptor],
})
export class PagesModule {}
