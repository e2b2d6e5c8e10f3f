export { AuthModule } from './auth.module';
export { authEntities } from './entities';

export { AuthorityService } from './access/authority.service';
export type { Authority, HeldRole } from './access/authority';
export type {
  Assignment,
  AssignmentActor,
  AssignmentQuery,
  NewAssignment,
  RemovedAssignment,
} from './access/assignment';
export { AssignmentsService } from './access/assignments.service';
export type { DeclaredHandler, HandlerOperation } from './access/declared-handler';
export { PolicyGuard } from './access/policy.guard';
export { RolesGuard } from './access/roles.guard';
export { RouteAudit } from './access/route-audit';
export type { AccessDifference, AccessDifferenceKind } from './access-map/access-difference';
export {
  printAccessLock,
  type AccessLock,
  type AccessMapEntry,
  type AccessNeeds,
  type LockedRole,
} from './access-map/access-lock';
export { AccessMap } from './access-map/access-map';
export { diffAccess } from './access-map/diff-access';
export { readAccessLock } from './access-map/read-access-lock';
export { accessMapMarkdown } from './access-map/render-access-map';
export { AccountsService } from './accounts/accounts.service';
export type { Account, AccountStatus, ActedBy } from './accounts/account';
export { AUDIT_ACTIONS, type AuditAction } from './audit/audit-actions';
export type { AuditEvent, AuditOrigin } from './audit/audit-event';
export { AuditService } from './audit/audit.service';
export { AccountUnlock } from './authentication/account-unlock.service';
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
export { and, eq, inTenant, isIn, not, or, ownedBy } from './conditions/builders';
export type { Condition, FieldOf } from './conditions/condition';
export { matches } from './conditions/matches';
export type { Scalar } from './conditions/operand';
export type { ConditionPrincipal } from './conditions/resolve-condition';
export { findWhereOf, whereOf } from './conditions/where-of';
export type { Tx } from './database/database';
export { translateDatabaseError } from './database/database-errors';
export type { Page, PageRequest } from './database/page';
export type { TenantScope } from './database/tenant-scope';
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
export { composeMail, type MailWords } from './delivery/compose-mail';
export { MessageRefusedError } from './delivery/delivery.errors';
export { LogMessageSender } from './delivery/log-message-sender';
export { AccessService } from './explanation/access.service';
export type {
  AccessChange,
  CheckOptions,
  Decision,
  DecisionCode,
  Explanation,
  ExplainOptions,
  GrantPath,
  Ineffective,
  PermittedAccount,
  WhoCanQuery,
  WouldAllow,
} from './explanation/explanation';
export { guardWebSockets } from './gateways/guard-web-sockets';
export { KeysService } from './keys/keys.service';
export type { AuthOptions } from './options/auth-options';
export type { AuthOptionsFactory } from './options/auth-options.module';
export type { CookieOptions } from './options/browser-options';
export type { ChangeFeedOptions } from './options/change-feed-options';
export type { DeliveryOptions } from './options/delivery-options';
export {
  MessageSender,
  type Mail,
  type Message,
  type Notice,
  type NoticeKind,
  type NoticeRenderer,
} from './options/message-sender';
export type { FormOptions } from './options/form-options';
export type { HousekeepingOptions } from './options/housekeeping-options';
export type { RedisOptions } from './options/redis-options';
export type { PasswordOptions } from './options/password-options';
export { resolveAuthOptions } from './options/resolve-options';
export type { ResourceServer } from './options/resource-server-options';
export type { PasswordPepper } from './options/secret-options';
export type { SessionOptions } from './options/session-options';
export type { StructuralAuthOptions } from './options/structural-options';
export type { TelemetryOptions } from './options/telemetry-options';
export type { TenancyOptions } from './options/tenancy-options';
export type {
  GuessingOptions,
  ThrottleLimit,
  ThrottlingOptions,
} from './options/throttling-options';
export type { AccessTokenOptions } from './options/token-options';
export { AccountCreation } from './registration/account-creation.service';
export { Bootstrap } from './registration/bootstrap.service';
export type { Transport } from './requests/execution';
export type { FormParameters } from './requests/form-body';
export type { HttpRequest, ReadableHttpResponse } from './requests/http-request';
export { sentFormOf } from './requests/request-form';
export { RequestReader, type RequestInfo } from './requests/request-info';
export { safeReturnTo } from './requests/return-to';
export { StrictBody } from './requests/strict-body.decorator';
export { StrictForm } from './requests/strict-form.decorator';
export { strictJsonParser, strictJsonVerify } from './requests/strict-json';
export type { NewRole, Role, RoleActor, RoleChange, RoleLink, RoleQuery } from './roles/role';
export { RolesService } from './roles/roles.service';
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
  FourEyes,
  LoosenAccess,
  Policy,
  Public,
  RequireAnyPermission,
  RequirePermissions,
  Roles,
  StepUp,
  type Reason,
  type StepUpOptions,
} from './route-access/access.decorators';
export { CurrentPrincipal } from './route-access/current-principal.decorator';
export {
  defineAccess,
  type AccessDeclaration,
  type SeparateRoles,
} from './route-access/define-access';
export { FormPost } from './route-access/form-post.decorator';
export type { LibraryGrant, LibraryPermission } from './route-access/library-permissions';
export type {
  AccessPolicy,
  CreatorClass,
  CreatorLookup,
  PolicyAnswer,
  PolicyClass,
  PolicyContext,
} from './route-access/policy';
export type { Principal, RoleActivation } from './route-access/principal';
export type { Permission, Register, RoleName } from './route-access/register';
export type { ThirdPartyController } from './route-access/route-access.reader';
export { FormTokens, type FormField } from './sessions/form-tokens';
export { SessionAdministration } from './sessions/session-administration.service';
export type { NewTenant, Tenant, TenantChange, TenantStatus } from './tenants/tenant';
export { TenantsService } from './tenants/tenants.service';
export { AuthThrottlerStorage } from './throttling/auth-throttler-storage';
export { AuthThrottlerGuard } from './throttling/auth-throttler.guard';
export type { VerifiedAccessToken } from './tokens/verified-access-token';
