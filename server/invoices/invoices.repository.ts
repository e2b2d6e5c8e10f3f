import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { and, eq, inTenant, not, ownedBy, whereOf, type Principal } from '@portcullis/nest';
import { QueryFailedError, Repository } from 'typeorm';
import { orUnavailable } from '../database/or-unavailable';
import { InvoiceEntity } from './invoice.entity';

/** A part of the list: at most so many, from below an id on, of one status. */
interface Page {
  readonly limit: number;
  readonly before?: string | undefined;
  readonly status?: InvoiceEntity['status'] | undefined;
}

type NewInvoice = Omit<InvoiceEntity, 'status' | 'approvedBy' | 'createdAt'>;

/** The invoices that a principal can see at all: those of the tenant it acts in. */
const visible = inTenant<InvoiceEntity>('tenantId');

/** What a principal may still approve: a draft of somebody else. */
const approvable = and<InvoiceEntity>(visible, eq('status', 'draft'), not(ownedBy('createdBy')));

@Injectable()
export class InvoicesRepository {
  constructor(
    @InjectRepository(InvoiceEntity) private readonly invoices: Repository<InvoiceEntity>,
  ) {}

  /** The newest first, from below `before` on. Ids rise with time, so they are the keyset. */
  page(principal: Principal, { limit, before, status }: Page): Promise<InvoiceEntity[]> {
    const query = this.invoices.createQueryBuilder('invoice').where(whereOf(visible, principal));
    if (before !== undefined) query.andWhere('invoice.id < :before', { before });
    if (status !== undefined) query.andWhere('invoice.status = :status', { status });
    return orUnavailable(query.orderBy('invoice.id', 'DESC').limit(limit).getMany());
  }

  async find(principal: Principal, id: string): Promise<InvoiceEntity | undefined> {
    const query = this.invoices
      .createQueryBuilder('invoice')
      .where(whereOf(visible, principal))
      .andWhere('invoice.id = :id', { id });
    return (await orUnavailable(query.getOne())) ?? undefined;
  }

  /** Writes a draft. Answers undefined when its number is taken. */
  async insert(invoice: NewInvoice): Promise<InvoiceEntity | undefined> {
    const query = this.invoices.createQueryBuilder().insert().values(invoice).returning('*');
    try {
      return this.hydrate(await orUnavailable(query.execute()));
    } catch (error) {
      if (isUniqueViolation(error)) return undefined;
      throw error;
    }
  }

  /** Approves a draft of somebody else, in one statement: of several callers one gets the invoice. */
  async approve(principal: Principal, id: string): Promise<InvoiceEntity | undefined> {
    const query = this.invoices
      .createQueryBuilder()
      .update()
      .set({ status: 'approved', approvedBy: principal.accountId })
      .where('id = :id', { id })
      .andWhere(whereOf(approvable, principal))
      .returning('*');
    return this.hydrate(await orUnavailable(query.execute()));
  }

  /** RETURNING answers in columns, which TypeORM does not turn into an entity by itself. */
  private hydrate(result: { readonly raw: unknown }): InvoiceEntity | undefined {
    const [row] = result.raw as readonly Record<string, unknown>[];
    if (row === undefined) return undefined;
    const { metadata, manager } = this.invoices;
    const invoice = this.invoices.create();
    for (const column of metadata.columns) {
      const value: unknown = row[column.databaseName];
      column.setEntityValue(
        invoice,
        manager.dataSource.driver.prepareHydratedValue(value, column) as unknown,
      );
    }
    return invoice;
  }
}

function isUniqueViolation(error: unknown): boolean {
  return (
    error instanceof QueryFailedError && (error.driverError as { code?: string }).code === '23505'
  );
}
