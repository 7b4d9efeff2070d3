/**
 * The kinds of field that requests are made of. Each names what is wrong with a value in words that follow the
 * field's name: `quantity` "must be above zero".
 */
import { POSITION_SIDES } from '../core/order/terms.ts';
import { z } from 'zod';
import { venueNamed } from '../configuration/environment.ts';
import { Decimal } from '../core/decimal.ts';
import { ACCOUNT_MODES, VENUES } from '../core/ids.ts';
import { ExactNumber } from './exact-json.ts';
import { parseSymbol } from './symbol-text.ts';

const MAX_FIGURE_LENGTH = 100;

/** A decimal, given as text or as a JSON number; its digits are taken as they were written. */
const decimalField = z
  .union([z.string(), z.number(), z.custom<ExactNumber>((value) => value instanceof ExactNumber)], {
    error: (issue) => (issue.input === undefined ? 'is required' : 'must be a number or a decimal as text'),
  })
  .transform((given, context) => {
    const text = given instanceof ExactNumber ? given.text : String(given);
    const value = text.length > MAX_FIGURE_LENGTH ? 'too_many_digits' : Decimal.tryParse(text);
    if (value instanceof Decimal) return value;
    context.addIssue({
      code: 'custom',
      message:
        value === 'not_a_number' ? 'is not a decimal number' : 'has more digits than any exchange takes',
    });
    return z.NEVER;
  });

/** As `decimalField`, above zero. */
export const positiveDecimal = decimalField
  .refine((value) => value.isPositive(), 'must be above zero')
  .meta({
    description: 'Decimal above zero, as text or as a JSON number; digits are kept as written.',
    examples: ['0.001'],
  });

/** As `decimalField`, zero or above. */
export const priceOrNothingField = decimalField
  .refine((value) => !value.isNegative(), 'must not be below zero')
  .meta({ description: 'Decimal, zero or above, as text or as a JSON number.', examples: ['0.5'] });

/** Above zero and at most one. */
export const fractionField = decimalField
  .refine((value) => value.isPositive() && value.atMost(Decimal.one), 'must be above 0 and at most 1')
  .meta({ description: 'Decimal above 0 and at most 1.', examples: ['0.5'] });

/** Text of at most `max` characters without control characters. */
export function textField(max: number): z.ZodString {
  return (
    z
      .string({ error: (issue) => (issue.input === undefined ? 'is required' : 'must be text') })
      .min(1, 'must not be empty')
      .max(max, `must have at most ${max} characters`)
      // Written out, because not every generated client knows the class by its name.
      // oxlint-disable-next-line no-control-regex
      .regex(/^[^\x00-\x1f\x7f-\x9f]*$/, 'must not contain control characters')
  );
}

export function integerField(least: number, most: number): z.ZodNumber {
  return z
    .int({
      error: (issue) =>
        issue.input === undefined ? 'is required' : 'must be a whole number, written as one',
    })
    .min(least, `must be at least ${least}`)
    .max(most, `must be at most ${most}`);
}

/** A whole number in a query string. */
export function integerText(least: number, most: number): z.ZodType<number, string> {
  return z
    .string()
    .regex(/^\d{1,15}$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value >= least && value <= most, `must be from ${least} to ${most}`)
    .meta({ documentedAs: { type: 'integer', minimum: least, maximum: most } });
}

export const flagField = z.boolean({ error: 'must be true or false' });

export const flagText = z
  .enum(['true', 'false'], { error: 'must be true or false' })
  .transform((text) => text === 'true')
  .meta({ documentedAs: { type: 'boolean' } });

/** `both` is the name that some exchanges have for the only position of one-way mode. */
export const positionSideField = z
  .enum([...POSITION_SIDES, 'both'], { error: 'must be net, long or short' })
  .transform((side) => (side === 'both' ? 'net' : side));

/** Marks the issue of an exchange that is none of ours: it is answered with a code of its own. */
export const NO_SUCH_EXCHANGE = { unsupported: 'exchange' } as const;

/** The reason that a name of no exchange of ours is refused with. */
export function unknownExchange(text: string): string {
  return `${JSON.stringify(text)} is not supported; GET /exchanges lists those that are`;
}

export const exchangeField = textField(32)
  .transform((text, context) => {
    const venue = venueNamed(text);
    if (venue !== undefined) return venue;
    context.addIssue({ code: 'custom', message: unknownExchange(text), params: NO_SUCH_EXCHANGE });
    return z.NEVER;
  })
  .meta({
    documentedAs: { type: 'string', enum: [...VENUES, 'huobi'] },
    description: 'huobi is htx.',
    examples: ['binance'],
  });

export const symbolField = textField(80)
  .transform((text, context) => {
    const symbol = parseSymbol(text);
    if (symbol !== null) return symbol;
    context.addIssue({
      code: 'custom',
      message: 'must be written like BTC/USDT or BTC-USDT, or for a swap BTC/USDT:USDT or BTC-USDT-SWAP',
    });
    return z.NEVER;
  })
  .meta({
    description: 'BTC/USDT or BTC-USDT; a swap as BTC/USDT:USDT, BTC-USDT:USDT or BTC-USDT-SWAP.',
    examples: ['BTC/USDT'],
  });

/** Symbols with commas between them, in a query string; each stands once in what is read. */
export function symbolsText(most: number) {
  return textField(80 * most)
    .transform((text, context) => {
      const parts = text.split(',');
      const symbols = parts.map((part) => parseSymbol(part.trim()));
      const nonsense = symbols.indexOf(null);
      if (nonsense >= 0)
        context.addIssue({ code: 'custom', message: `has "${parts[nonsense] ?? ''}", which is no symbol` });
      if (parts.length > most)
        context.addIssue({ code: 'custom', message: `must have at most ${most} symbols` });
      return [...new Set(symbols.filter((symbol) => symbol !== null))];
    })
    .meta({
      documentedAs: { type: 'string' },
      description: `At most ${most} symbols, with commas between them.`,
      examples: ['BTC-USDT,ETH-USDT'],
    });
}

export const sideField = z.enum(['buy', 'sell'], {
  error: (issue) => (issue.input === undefined ? 'is required' : 'must be buy or sell'),
});
export const modeField = z.enum(ACCOUNT_MODES, { error: `must be one of ${ACCOUNT_MODES.join(', ')}` });
export const accountField = textField(64).meta({ description: 'Id of one of your accounts.' });
export const clientOrderIdField = z
  .string({ error: 'must be text' })
  .regex(/^[\x21-\x7e]{1,64}$/, 'must be 1 to 64 printable characters without spaces')
  .meta({ description: 'Your own id; the same id with the same content is the same order.' });
export const strategyField = z
  .string({ error: 'must be text' })
  .regex(/^[a-z0-9._-]{1,64}$/, 'must be 1 to 64 of a-z, 0-9, dot, underscore, dash');
export const orderIdField = textField(128);

/** The milliseconds since 1970 that a text stands for; reports an issue for a text that stands for none. */
function toTime(text: string, context: z.RefinementCtx): number {
  const atMs = /^\d{10,16}$/.test(text)
    ? Number(text)
    : ISO_TIME.test(text) && isDayOfItsMonth(text)
      ? Date.parse(text)
      : Number.NaN;
  if (Number.isSafeInteger(atMs)) return atMs;
  context.addIssue({
    code: 'custom',
    message: 'must be a time such as 2026-01-31T12:00:00.000Z, or milliseconds since 1970',
  });
  return z.NEVER;
}

/** `Date.parse` reads the thirtieth of February as the second of March. */
function isDayOfItsMonth(text: string): boolean {
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split('-').map(Number);
  return day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** A moment in a query: ISO 8601 with a zone, or milliseconds since 1970; read into milliseconds. */
export const timeText = textField(40)
  .transform(toTime)
  .meta({
    documentedAs: { type: 'string', format: 'date-time' },
    description: 'ISO 8601 with a zone, or milliseconds since 1970.',
    examples: ['2026-01-31T12:00:00.000Z'],
  });

/** A moment in a body: as `timeText`, or the milliseconds as a JSON number. */
export const timeField = z
  .union([textField(40), z.number(), z.custom<ExactNumber>((value) => value instanceof ExactNumber)], {
    error: 'must be a time such as 2026-01-31T12:00:00.000Z, or milliseconds since 1970',
  })
  .transform((given, context) => toTime(given instanceof ExactNumber ? given.text : String(given), context))
  .meta({
    documentedAs: { anyOf: [{ type: 'string', format: 'date-time' }, { type: 'integer' }] },
    description: 'ISO 8601 with a zone, or milliseconds since 1970 as text or as a number.',
    examples: ['2026-01-31T12:00:00.000Z'],
  });

const ISO_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

// --- response fields ---

export const decimalOut = z.string().meta({ description: 'Decimal.', examples: ['0.001'] });
export const timeOut = z
  .string()
  .meta({ format: 'date-time', description: 'ISO 8601, UTC.', examples: ['2026-01-31T12:00:00.000Z'] });

/** Milliseconds since 1970 as ISO 8601 with milliseconds. */
export function isoTime(atMs: number): string {
  return new Date(atMs).toISOString();
}
