import { Module } from '@nestjs/common';
import { PassportModule } from '@nestjs/passport';
import { AccessModule } from '../access/access.module';
import { AccountsModule } from '../accounts/accounts.module';
import { AuditModule } from '../audit/audit.module';
import { ChangeFeedModule } from '../change-feed/change-feed.module';
import { PasswordsModule } from '../passwords/passwords.module';
import { SessionsModule } from '../sessions/sessions.module';
import { ThrottlingModule } from '../throttling/throttling.module';
import { TokensModule } from '../tokens/tokens.module';
import { AccountStatusService } from './account-status.service';
import { AccountUnlock } from './account-unlock.service';
import { CookieRequestProof } from './cookie-request-proof';
import { CredentialsService } from './credentials.service';
import { JwtAuthGuard } from './jwt-auth.guard';
import { JwtStrategy } from './jwt.strategy';
import { LocalAuthGuard } from './local-auth.guard';
import { LocalStrategy } from './local.strategy';
import { LoginAttempts } from './login-attempt';
import { LoginController } from './login.controller';
import { LoginOutcomes } from './login-outcomes';
import { LoginRepository } from './login.repository';
import { LoginService } from './login.service';
import { LogoutAnswerInterceptor } from './logout-answer.interceptor';
import { LogoutController } from './logout.controller';
import { LogoutGuard } from './logout.guard';
import { LogoutService } from './logout.service';
import { OpeningsRepository } from './openings.repository';
import { RefreshTokenGuard } from './refresh-token.guard';
import { RefreshController } from './refresh.controller';
import { RefreshService } from './refresh.service';
import { SecretIdAuthentication } from './secret-id-authentication';
import { SessionAnswerInterceptor } from './session-answer.interceptor';
import { SessionChoiceController } from './session-choice.controller';
import { SessionChoiceService } from './session-choice.service';
import { SessionIssuer } from './session-issuer.service';
import { SessionViewService } from './session-view.service';
import { SessionController } from './session.controller';
import { StepUpController } from './step-up.controller';
import { StepUpService } from './step-up.service';

@Module({
  imports: [
    PassportModule,
    AccessModule,
    AccountsModule,
    AuditModule,
    ChangeFeedModule,
    PasswordsModule,
    SessionsModule,
    ThrottlingModule,
    TokensModule,
  ],
  controllers: [
    LoginController,
    RefreshController,
    LogoutController,
    SessionController,
    SessionChoiceController,
    StepUpController,
  ],
  providers: [
    AccountStatusService,
    AccountUnlock,
    CookieRequestProof,
    CredentialsService,
    JwtAuthGuard,
    JwtStrategy,
    LocalAuthGuard,
    LocalStrategy,
    LoginAttempts,
    LoginOutcomes,
    LoginRepository,
    LoginService,
    LogoutAnswerInterceptor,
    LogoutGuard,
    LogoutService,
    OpeningsRepository,
    RefreshService,
    RefreshTokenGuard,
    SecretIdAuthentication,
    SessionAnswerInterceptor,
    SessionChoiceService,
    SessionIssuer,
    SessionViewService,
    StepUpService,
  ],
  exports: [
    AccountStatusService,
    AccountUnlock,
    JwtAuthGuard,
    JwtStrategy,
    LocalAuthGuard,
    LocalStrategy,
    LoginService,
    LogoutService,
    RefreshTokenGuard,
  ],
})
export class AuthenticationModule {}
