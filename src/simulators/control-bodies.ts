/** The bodies and queries that the control API takes, checked with zod; an error names the field. */
import { z } from 'zod';
import { Decimal } from '../core/decimal.ts';
import { FULL_BOOK, SYMBOL_STATUSES } from './exchange/state.ts';
import { FAULT_KINDS, FAULT_ROUTES, type FaultKind } from './faults.ts';

const walletName = z.enum(['spot', 'swap', 'unified', 'funding', 'earn']);

/** Capital letters and digits, and letters of scripts that have no capitals. */
const assetCode = z.string().regex(/^[\p{Lu}\p{Lo}\p{N}]{1,16}$/u, 'must be an asset code');

const figure = z
  .union([z.string(), z.number()])
  .transform(String)
  .refine((text) => typeof Decimal.tryParse(text) !== 'string', 'is not a decimal number')
  .transform((text) => Decimal.parse(text));

export const priceBody = z
  .strictObject({
    symbol: z.string(),
    price: figure.optional(),
    path: z.array(figure).min(1).max(10_000).optional(),
    hold: z.boolean().default(false),
  })
  .refine((body) => (body.price === undefined) !== (body.path === undefined), {
    path: ['price'],
    message: 'exactly one of price and path is needed',
  });

export const fundingBody = z.strictObject({
  symbol: z.string(),
  rate: figure.refine((rate) => rate.abs().atMost(Decimal.one), 'must lie between -1 and 1').optional(),
});

const apartFigure = figure.nullable().optional();

export const markBody = z
  .strictObject({ symbol: z.string(), mark: apartFigure, index: apartFigure })
  .refine(({ mark, index }) => mark !== undefined || index !== undefined, {
    path: ['mark'],
    message: 'one of mark and index is needed',
  });

const levels = z.int().min(0).max(1000).nullable().default(null);

export const bookBody = z.strictObject({
  symbol: z.string(),
  bids: levels,
  asks: levels,
  share: figure
    .refine((share) => share.isPositive() && share.atMost(Decimal.one), 'must be above 0 and at most 1')
    .default(FULL_BOOK.share),
  distance: figure.nullable().default(null),
  refills: z.boolean().default(true),
});

export const statusBody = z.strictObject({ symbol: z.string(), status: z.enum(SYMBOL_STATUSES) });

const NEEDS_DELAY: ReadonlySet<FaultKind> = new Set(['delay', 'delay_response']);
const TAKES_STATUS: ReadonlySet<FaultKind> = new Set([
  'http_error',
  'http_error_after',
  'rate_limit',
  'maintenance',
]);
/** Lists and look-ups that can hide what there is. */
const HIDING_ROUTES: ReadonlySet<string> = new Set(['query_order', 'open_orders', 'fills', '*']);
const MAX_DELAY_MS = 600_000;

export const faultBody = z
  .strictObject({
    kind: z.enum(FAULT_KINDS),
    route: z.enum([...FAULT_ROUTES, '*']).default('*'),
    count: z.int().min(1).max(1_000_000_000).optional(),
    probability: z.number().gt(0).max(1).optional(),
    seed: z.int().min(0).optional(),
    delay_ms: z.int().min(0).max(MAX_DELAY_MS).optional(),
    status: z.int().min(200).max(599).optional(),
    code: z.int().optional(),
    message: z.string().max(1000).optional(),
    body: z.string().max(100_000).optional(),
    age_ms: z.int().min(1).max(MAX_DELAY_MS).optional(),
    retry_after_s: z.int().min(0).max(86_400).optional(),
    skew_ms: z.int().min(-86_400_000).max(86_400_000).optional(),
  })
  .check(({ value, issues }) => {
    const refuse = (field: string, message: string): void => {
      issues.push({ code: 'custom', path: [field], message, input: value });
    };
    if (value.count !== undefined && value.probability !== undefined)
      refuse('probability', 'goes not together with count');
    if (value.seed !== undefined && value.probability === undefined) refuse('seed', 'goes with probability');
    if (NEEDS_DELAY.has(value.kind) !== (value.delay_ms !== undefined))
      refuse('delay_ms', NEEDS_DELAY.has(value.kind) ? 'is needed' : 'is not taken by this kind');
    if ((value.kind === 'clock_skew') !== (value.skew_ms !== undefined))
      refuse('skew_ms', value.kind === 'clock_skew' ? 'is needed' : 'is not taken by this kind');
    if (value.status !== undefined && !TAKES_STATUS.has(value.kind))
      refuse('status', 'is not taken by this kind');
    const isError = value.kind === 'http_error' || value.kind === 'http_error_after';
    if (value.status !== undefined && value.status < 400 && !isError)
      refuse('status', 'must be 400 to 599 for this kind');
    for (const field of ['code', 'message', 'body'] as const)
      if (value[field] !== undefined && !isError) refuse(field, 'is not taken by this kind');
    if ((value.code === undefined) !== (value.message === undefined))
      refuse('message', 'goes together with code');
    if (value.body !== undefined && value.code !== undefined) refuse('body', 'goes not together with code');
    const isHiding = value.kind === 'hide';
    if (value.age_ms !== undefined && !isHiding) refuse('age_ms', 'is not taken by this kind');
    if (isHiding && !HIDING_ROUTES.has(value.route))
      refuse('route', 'must be query_order, open_orders, fills or * for this kind');
    if (isHiding && value.count !== undefined) refuse('count', 'is not taken by this kind');
    if (isHiding && value.probability !== undefined) refuse('probability', 'is not taken by this kind');
    if (value.retry_after_s !== undefined && value.kind !== 'rate_limit')
      refuse('retry_after_s', 'is not taken by this kind');
  });

const keyFields = {
  key: z.string().min(1).max(256).optional(),
  secret: z.string().min(1).max(4096).optional(),
  passphrase: z.string().min(1).max(256).nullable().optional(),
  public_key: z.string().min(1).max(4096).optional(),
  permissions: z
    .strictObject({ trade: z.boolean().default(true), withdraw: z.boolean().default(false) })
    .default({ trade: true, withdraw: false }),
};

export const keyBody = z.strictObject({ account: z.string().optional(), ...keyFields });

export const accountBody = z.strictObject({
  account_id: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, _ or -')
    .optional(),
  ...keyFields,
  balances: z
    .array(
      z.strictObject({
        asset: assetCode,
        amount: figure.refine((amount) => !amount.isNegative(), 'must not be below zero'),
        wallet: walletName.default('spot'),
      }),
    )
    .max(100)
    .optional(),
});

const arrivalBody = z.strictObject({
  account: z.string().optional(),
  wallet: walletName.default('spot'),
  asset: assetCode,
  amount: figure.refine((amount) => amount.isPositive(), 'must be above zero'),
});

export const depositBody = arrivalBody.extend({ key: z.string().min(1).max(200).optional() });

export const adjustmentBody = arrivalBody.extend({
  amount: figure.refine((amount) => !amount.isZero(), 'must not be zero'),
});

export const distributionBody = arrivalBody.extend({ text: z.string().min(1).max(200) });

export const transferBody = z
  .strictObject({
    account: z.string().optional(),
    asset: assetCode,
    amount: figure.refine((amount) => amount.isPositive(), 'must be above zero'),
    from: walletName,
    to: walletName,
  })
  .refine(({ from, to }) => from !== to, { path: ['to'], message: 'must be another wallet' });

export const venueParameters = z.object({ venue: z.string() });
export const faultParameters = z.object({ venue: z.string(), id: z.string() });
export const accountQuery = z.strictObject({ account: z.string().optional() });
