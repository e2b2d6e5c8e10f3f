import { AuthError } from '@portcullis/client';
import { useRef, useState, type SubmitEvent } from 'react';
import { Icon } from '../../../shared/icon';
import { Notice } from '../../../shared/notice';
import { api } from '../api';
import { Action, Field } from '../controls';
import { Link, navigate, useArrival } from '../router';
import { useToast } from '../toasts';
import { wordsFor } from '../words';

const CURRENCIES = ['EUR', 'USD', 'GBP', 'CHF'] as const;

/** Writes a draft. */
export function NewInvoicePage() {
  const heading = useArrival('New invoice');
  const summary = useRef<HTMLDivElement>(null);
  const say = useToast();
  const [isPending, setPending] = useState(false);
  const [error, setError] = useState<AuthError>();
  const fieldError = (name: string) => error?.fields.find(({ field }) => field === name)?.message;

  const write = async (form: HTMLFormElement) => {
    const values = new FormData(form);
    const text = (name: string) => {
      const value = values.get(name);
      return typeof value === 'string' ? value.trim() : '';
    };
    setPending(true);
    try {
      const invoice = await api.create({
        number: text('number'),
        customer: text('customer'),
        amountCents: Math.round(Number(text('amount').replace(',', '.')) * 100),
        currency: text('currency'),
      });
      say('good', `${invoice.number} is written.`);
      navigate(`/invoices/${invoice.id}`);
    } catch (reason) {
      setError(reason instanceof AuthError ? reason : new AuthError({ code: 'network' }));
      setPending(false);
      requestAnimationFrame(() => summary.current?.focus());
    }
  };
  const send = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (!isPending) void write(event.currentTarget);
  };

  return (
    <div className="page">
      <header className="page-head">
        <div>
          <Link className="back" href="/invoices">
            <Icon name="back" />
            Invoices
          </Link>
          <h1 ref={heading} tabIndex={-1}>
            New invoice
          </h1>
          <p className="muted">It is a draft until somebody else approves it.</p>
        </div>
      </header>
      <div className="card form-card">
        <form className="card-body stack" onSubmit={send}>
          {error !== undefined && (
            <Notice tone="bad" role="alert" ref={summary} title={titleOf(error)}>
              <p>{textOf(error)}</p>
            </Notice>
          )}
          <Field
            label="Number"
            name="number"
            placeholder="INV-2026-0042"
            pattern="[A-Za-z0-9][A-Za-z0-9\/._\-]{0,31}"
            autoComplete="off"
            required
            error={fieldError('number')}
          />
          <Field
            label="Customer"
            name="customer"
            maxLength={200}
            autoComplete="off"
            required
            error={fieldError('customer')}
          />
          <div className="field-pair">
            <Field
              label="Amount"
              name="amount"
              inputMode="decimal"
              pattern="\d{1,10}([.,]\d{1,2})?"
              autoComplete="off"
              required
              error={fieldError('amountCents')}
            />
            <div className="field">
              <label htmlFor="currency">Currency</label>
              <select className="input" id="currency" name="currency">
                {CURRENCIES.map((currency) => (
                  <option key={currency}>{currency}</option>
                ))}
              </select>
            </div>
          </div>
          <div className="dialog-actions">
            <Link className="button" href="/invoices">
              Cancel
            </Link>
            <Action kind="primary" type="submit" pending={isPending}>
              Write the draft
            </Action>
          </div>
        </form>
      </div>
    </div>
  );
}

function titleOf(error: AuthError): string {
  return error.code === 'conflict' ? 'This number is taken' : wordsFor(error).title;
}

function textOf(error: AuthError): string {
  return error.code === 'conflict'
    ? 'Every number is given once. Please choose another.'
    : wordsFor(error).text;
}
