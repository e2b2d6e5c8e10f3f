import {
  Get,
  Post,
  Redirect,
  Req,
  Res,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { ApiOkResponse, ApiResponse } from '@nestjs/swagger';
import type { VerifiedLogin } from '../authentication/credentials.service';
import { CurrentLogin } from '../authentication/local-auth.guard';
import { AuthController } from '../requests/auth-controller.decorator';
import type { HttpRequest, ReadableHttpResponse } from '../requests/http-request';
import { StrictForm } from '../requests/strict-form.decorator';
import { Public } from '../route-access/access.decorators';
import { FormPost } from '../route-access/form-post.decorator';
import { Throttled } from '../throttling/throttled';
import { FormAnswerInterceptor } from './form-answer.interceptor';
import { FormLoginDto } from './form-login.dto';
import { FormLoginFilter } from './form-login.filter';
import { FormLoginGuard } from './form-login.guard';
import { FormLogoutFilter } from './form-logout.filter';
import { FormLogoutGuard } from './form-logout.guard';
import { FormTokenAnswer } from './form-token.dto';
import { FormsService, type FormAnswer } from './forms.service';

const SEE_OTHER = { status: 303, description: 'Leads the browser to a page by GET' };

@AuthController()
export class FormsController {
  constructor(private readonly forms: FormsService) {}

  /** The token for the forms of a page that another server makes. Without a session it sets a cookie. */
  @Public({ reason: 'strangers have to get a login form' })
  @Throttled('pages')
  @Get('form-token')
  @ApiOkResponse({ type: FormTokenAnswer })
  token(
    @Req() request: HttpRequest,
    @Res({ passthrough: true }) response: ReadableHttpResponse,
  ): Promise<FormTokenAnswer> {
    return this.forms.token(request, response);
  }

  /** Signs in by a form and leads to `returnTo`, or back to the login page with an error. */
  @Public({ reason: 'it is how a session begins' })
  @Throttled('login')
  @FormPost()
  @Post('form/login')
  @Redirect()
  @UseFilters(FormLoginFilter)
  @UseGuards(FormLoginGuard)
  @UseInterceptors(FormAnswerInterceptor)
  @ApiResponse(SEE_OTHER)
  login(
    @CurrentLogin() login: VerifiedLogin,
    @StrictForm(FormLoginDto) { returnTo }: FormLoginDto,
    @Req() request: HttpRequest,
  ): Promise<FormAnswer> {
    return this.forms.login(login, returnTo, request);
  }

  /** Signs out by a form and leads to the login page, or to the home page with an error. */
  @Public({ reason: 'a session that is over must be possible to leave' })
  @Throttled('account')
  @FormPost()
  @Post('form/logout')
  @Redirect()
  @UseFilters(FormLogoutFilter)
  @UseGuards(FormLogoutGuard)
  @UseInterceptors(FormAnswerInterceptor)
  @ApiResponse(SEE_OTHER)
  logout(@Req() request: HttpRequest): Promise<FormAnswer> {
    return this.forms.logout(request);
  }
}
