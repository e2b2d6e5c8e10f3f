import {
  Controller,
  Get,
  Header,
  Query,
  Req,
  Res,
  UseFilters,
  UseInterceptors,
} from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import {
  FormTokens,
  Public,
  safeReturnTo,
  type HttpRequest,
  type ReadableHttpResponse,
} from '@portcullis/nest';
import { loginPage } from './login-page';
import type { Page } from './page';
import { PageFilter } from './page.filter';
import { PageInterceptor } from './page.interceptor';
import { PAGES } from './paths';
import { STYLE } from './style';

@Controller(PAGES)
@ApiExcludeController()
@UseFilters(PageFilter)
export class LoginPageController {
  constructor(private readonly tokens: FormTokens) {}

  @Get('login')
  @Public({ reason: 'strangers have to see where they can sign in' })
  @UseInterceptors(PageInterceptor)
  login(
    @Query() query: Readonly<Record<string, unknown>>,
    @Req() request: HttpRequest,
    @Res({ passthrough: true }) response: ReadableHttpResponse,
  ): Page {
    return loginPage({
      field: this.tokens.field(request, response),
      returnTo: safeReturnTo(query['returnTo']),
      error: query['error'],
    });
  }

  /**
   * An empty sheet of the login page. Chromium keeps the page that a login led to in memory and, in spite of
   * `no-store` and the cookie that is gone, shows it again to whoever goes back after signing out. It
   * forgets it for what is loaded afterwards.
   */
  @Get('forget.css')
  @Public({ reason: 'the login page needs it' })
  @Header('Content-Type', 'text/css; charset=utf-8')
  @Header('Clear-Site-Data', '"cache"')
  forget(): string {
    return '';
  }

  @Get('style.css')
  @Public({ reason: 'the login page needs it' })
  @Header('Content-Type', 'text/css; charset=utf-8')
  style(): string {
    return STYLE;
  }
}
