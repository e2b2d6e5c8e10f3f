export { AuthModule } from './auth.module';
export { authEntities } from './entities';

export { AuthorityService } from './access/authority.service';
export type { Authority } from './access/authority';
export { AssignmentsService } from './access/assignments.service';
export { RolesGuard } from './access/roles.guard';
export { RouteAudit } from './access/route-audit';
export { AccountsService } from './accounts/accounts.service';
export type { Account, AccountStatus } from './accounts/account';
export { AUDIT_ACTIONS, type AuditAction } from './audit/audit-actions';
export type { AuditEvent, AuditOrigin } from './audit/audit-event';
export { AuditService } from './audit/audit.service';
export { AccountStatusService } from './authentication/account-status.service';
export type { VerifiedLogin } from './authentication/credentials.service';
export { JwtAuthGuard } from './authentication/jwt-auth.guard';
export { JwtStrategy } from './authentication/jwt.strategy';
export { LocalAuthGuard } from './authentication/local-auth.guard';
export { LocalStrategy } from './authentication/local.strategy';
export { RefreshTokenGuard } from './authentication/refresh-token.guard';
export { ChangeFeed } from './change-feed/change-feed';
export type { Change } from './change-feed/change';
export type { ChangeListener } from './change-feed/change-listener';
export { Clock } from './clock/clock';
export type { Tx } from './database/database';
export { migrationStates, runMigrations, type MigrationState } from './database/migrator';
export { UnitOfWork } from './database/unit-of-work';
export {
  AuthError,
  isAuthError,
  type AuthErrorDetails,
  type FieldError,
} from './errors/auth-error';
export { ConfigurationError, type ConfigurationProblem } from './errors/configuration-error';
export { ERROR_CODES, type AuthErrorCode } from './errors/error-codes';
export { ProblemFilter } from './errors/problem.filter';
export type { AuthOptions } from './options/auth-options';
export type { AuthOptionsFactory } from './options/auth-options.module';
export type { CookieOptions } from './options/browser-options';
export type { ChangeFeedOptions } from './options/change-feed-options';
export type { PasswordOptions } from './options/password-options';
export { resolveAuthOptions } from './options/resolve-options';
export type { PasswordPepper } from './options/secret-options';
export type { SessionOptions } from './options/session-options';
export type { StructuralAuthOptions } from './options/structural-options';
export type {
  GuessingOptions,
  ThrottleLimit,
  ThrottlingOptions,
} from './options/throttling-options';
export type { AccessTokenOptions } from './options/token-options';
export { AccountCreation } from './registration/account-creation.service';
export { Bootstrap } from './registration/bootstrap.service';
export { StrictBody } from './requests/strict-body.decorator';
export { strictJsonVerify } from './requests/strict-json';
export type {
  AccessCatalogue,
  ActionsByResource,
  GrantIn,
  PermissionOf,
  PermissionsIn,
  RoleDeclaration,
  RoleDefinition,
  RoleOf,
} from './route-access/access-catalogue';
export {
  Authenticated,
  LoosenAccess,
  Public,
  RequirePermissions,
  Roles,
  type Reason,
} from './route-access/access.decorators';
export { CurrentPrincipal } from './route-access/current-principal.decorator';
export { defineAccess, type AccessDeclaration } from './route-access/define-access';
export type { LibraryGrant, LibraryPermission } from './route-access/library-permissions';
export type { Principal } from './route-access/principal';
export type { Permission, Register, RoleName } from './route-access/register';
export type { ThirdPartyController } from './route-access/route-access.reader';
export { AuthThrottlerStorage } from './throttling/auth-throttler-storage';
export { AuthThrottlerGuard } from './throttling/auth-throttler.guard';
export type { VerifiedAccessToken } from './tokens/verified-access-token';
