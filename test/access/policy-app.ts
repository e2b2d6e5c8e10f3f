import { Controller, Get, Injectable, Module, Post, Put } from '@nestjs/common';
import type {
  AccessPolicy,
  CreatorLookup,
  PolicyAnswer,
  PolicyContext,
} from '../../src/route-access/policy';
import type { Principal } from '../../src/route-access/principal';
import {
  FourEyes,
  LoosenAccess,
  Policy,
  Public,
  RequirePermissions,
  Roles,
  StepUp,
} from '../../src/route-access/access.decorators';

/** What policies were asked, in order, and what they are to answer. */
@Injectable()
export class Script {
  readonly asked: { readonly policy: string; readonly context: PolicyContext }[] = [];
  readonly served: string[] = [];
  answers: Record<string, () => unknown> = {};

  reset(answers: Record<string, () => unknown> = {}): void {
    this.asked.length = 0;
    this.served.length = 0;
    this.answers = answers;
  }

  answer(policy: string, context: PolicyContext): never {
    this.asked.push({ policy, context });
    return (this.answers[policy] ?? (() => true))() as never;
  }
}

@Injectable()
export class OwnInvoice implements AccessPolicy {
  constructor(private readonly script: Script) {}

  check(_: Principal, context: PolicyContext): PolicyAnswer {
    return this.script.answer('own', context);
  }
}

@Injectable()
export class OfficeHours implements AccessPolicy {
  constructor(private readonly script: Script) {}

  check(_: Principal, context: PolicyContext): Promise<PolicyAnswer> {
    return this.script.answer('hours', context);
  }
}

@Injectable()
export class InvoiceCreator implements CreatorLookup {
  constructor(private readonly script: Script) {}

  creatorOf(context: PolicyContext): string | null | undefined {
    return this.script.answer('creator', context);
  }
}

@Module({
  providers: [Script, OwnInvoice, OfficeHours, InvoiceCreator],
  exports: [Script],
})
export class PoliciesModule {}

@Controller('invoices')
@Policy(OfficeHours)
export class InvoicesController {
  constructor(private readonly script: Script) {}

  @Get() list() {
    return this.script.served.push('list');
  }
  @Policy(OwnInvoice)
  @Put(':id')
  change() {
    return this.script.served.push('change');
  }
  @RequirePermissions<string>('invoices:approve')
  @FourEyes(InvoiceCreator)
  @Post(':id/approve')
  approve() {
    return this.script.served.push('approve');
  }
  @LoosenAccess({ reason: 'the owner may look at any hour' })
  @Policy(OwnInvoice)
  @Get(':id')
  read() {
    return this.script.served.push('read');
  }
  @Public({ reason: 'a probe' })
  @Get('of/probe')
  probe() {
    return this.script.served.push('probe');
  }
}

@Controller('plain')
export class PlainController {
  constructor(private readonly script: Script) {}

  @Roles<string>('viewer')
  @Get()
  guarded() {
    return this.script.served.push('guarded');
  }
  @Policy(OwnInvoice)
  @Policy(OfficeHours)
  @Get('stacked')
  stacked() {
    return this.script.served.push('stacked');
  }
  @Policy(OwnInvoice)
  @StepUp({ maxAge: 300, amr: ['otp'] })
  @Get('fresh')
  fresh() {
    return this.script.served.push('fresh');
  }
}
