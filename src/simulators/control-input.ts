/** Reading the bodies of control requests, and the errors that they are answered with. */
import type { z } from 'zod';
import type { Refused } from './exchange/results.ts';

/** An answer that is no success: status, what is wrong, and in which field. */
export class ControlError extends Error {
  readonly status: number;
  readonly field: string | null;

  constructor(status: number, message: string, field: string | null = null) {
    super(message);
    this.status = status;
    this.field = field;
  }
}

/** The result of a call of the exchange that must have been done; `field`: what was wrong otherwise. */
export function mustBeDone<Done extends { readonly ok: true }>(result: Done | Refused, field: string): Done {
  if (result.ok) return result;
  const { refusal } = result;
  if (refusal.code === 'unknown_symbol')
    throw new ControlError(400, `no symbol ${refusal.symbol} on this venue`, 'symbol');
  if (refusal.code === 'price_off_tick')
    throw new ControlError(400, `must be a multiple of the tick ${refusal.tick.toString()}`, field);
  if (refusal.code === 'bad_field') throw new ControlError(400, refusal.detail, field);
  if (refusal.code === 'insufficient_balance')
    throw new ControlError(
      400,
      `must be at most the ${refusal.free.toString()} ${refusal.asset} that are free`,
      field,
    );
  throw new ControlError(400, refusal.code.replaceAll('_', ' '), field);
}

/** The input in the form of the schema; throws the error that names the field. */
export function parse<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const unknownKeys = issue?.code === 'unrecognized_keys' ? issue.keys : [];
  const field = unknownKeys[0] ?? issue?.path.map(String).join('.') ?? '';
  throw new ControlError(400, issue?.message ?? 'is not valid', field === '' ? 'body' : field);
}
