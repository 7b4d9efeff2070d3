/**
 * The answers of a service about its books, as one document: read from the released program when a fixture is made, and from
 * the present one when it is opened.
 *
 * Entry points: `readAnswers`, `differencesFrom`.
 */
import { Decimal } from '../../src/core/decimal.ts';
import type { Api } from '../acceptance/api.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
type JsonObject = { readonly [name: string]: Json };

/** Everything asked for, by path; pages of a list are joined. */
export type Answers = Readonly<Record<string, Json>>;

const PAGED: readonly (readonly [path: string, list: string])[] = [
  ['/trading/v2/orders/history', 'orders'],
  ['/trading/v2/fills', 'fills'],
  ['/drift?status=all', 'drift'],
  ['/risk/limits', 'history'],
];
const PLAIN = [
  '/trading/v2/orders/open',
  '/trading/v2/positions',
  '/trading/v2/account/balance?exchange=binance',
  '/risk/status',
  '/accounts',
  '/portfolios',
  '/users',
  '/tokens',
  '/instruments?exchange=binance&symbol=BTC%2FUSDT%3AUSDT',
];

/** `orderIds`: those whose particulars and journal are asked for too. */
export async function readAnswers(api: Api, orderIds: readonly string[]): Promise<Answers> {
  const answers: Record<string, Json> = {};
  for (const [path, list] of PAGED) answers[path] = await allPages(api, path, list);
  const particulars = orderIds.flatMap((id) => [`/trading/v2/orders/${id}`, `/journal?order_id=${id}`]);
  for (const path of [...PLAIN, ...particulars]) answers[path] = await read(api, path);
  return answers;
}

async function read(api: Api, path: string): Promise<JsonObject> {
  const { status, body } = await api.ask('GET', path);
  if (status !== 200) throw new Error(`${path} answered ${status}: ${JSON.stringify(body)}`);
  return body as JsonObject;
}

async function allPages(api: Api, path: string, list: string): Promise<readonly Json[]> {
  const rows: Json[] = [];
  const most = list === 'history' || list === 'drift' ? '200' : '1000';
  for (let cursor: Json | undefined = ''; typeof cursor === 'string';) {
    const query = new URLSearchParams({ limit: most, ...(cursor === '' ? {} : { cursor }) }).toString();
    const page = await read(api, `${path}${path.includes('?') ? '&' : '?'}${query}`);
    rows.push(...(page[list] as readonly Json[]));
    cursor = page['next_cursor'];
  }
  return rows;
}

/** Of the moment of the answer, not of the books. */
const OF_THE_MOMENT: ReadonlySet<string> = new Set([
  'as_of_seq',
  'mark_price',
  'unrealized_pnl',
  'equity',
  'actual',
  'usage',
  'headroom',
  'updated_at',
  'last_used_at',
  // An order that was made of another one counted as native.
  'native',
]);

/** Computed figures: releases showed all digits of a division, and this one rounds them. */
const ROUNDED =
  /\.(?:average_price|entry_price|cost_basis|notional|realized_pnl|capital|realized_pnl_total|pnl|realized|unrealized|low|high|peak|day_start|day_pnl|amount|lost)$/;

/** The journal's records of an order: more may have come. */
const GROWING = /\.(?:timeline|records)$/;

/**
 * Where `now` lacks something that `before` has, or has it otherwise, as paths with both values. A field that only `now` has is
 * no difference: a later release may answer more. At most `most` are returned.
 */
export function differencesFrom(
  before: Json,
  now: Json | undefined,
  path = '',
  most = 20,
): readonly string[] {
  const differs = (): readonly string[] => [`${path}: ${shown(before)} is now ${shown(now)}`];
  // A later release may have further rules in between: each of the released ones is compared by its name.
  if (RULES.test(path) && isList(before) && isList(now))
    return joined(
      before.map((rule) => [rule, now.find((one) => nameOf(one) === nameOf(rule)), path] as const),
      most,
    );
  if (isList(before)) {
    if (!isList(now) || now.length < before.length) return differs();
    if (now.length > before.length && !GROWING.test(path)) return differs();
    return joined(
      before.map((value, index) => [value, now[index], `${path}[${index}]`] as const),
      most,
    );
  }
  if (typeof before === 'object' && before !== null) {
    if (typeof now !== 'object' || now === null || isList(now)) return differs();
    const fields = Object.entries(before).filter(([name]) => !OF_THE_MOMENT.has(name));
    return joined(
      fields.map(([name, value]) => [value, now[nameNow(name, before, now)], `${path}.${name}`] as const),
      most,
    );
  }
  if (before === now || isStepForState(path, before, now)) return [];
  return ROUNDED.test(path) && isRounded(before, now) ? [] : differs();
}

/** Releases showed a step of the ladder as the limit of the rule `trading_state`, which shows the state in force now. */
function isStepForState(path: string, before: Json, now: Json | undefined): boolean {
  return path.endsWith('/risk/status.rules.limit') && before === 'warn' && now === 'active';
}

/** Releases showed under `realized_pnl` of a position what all positions there have realised, which has a name of its own now. */
function nameNow(name: string, before: JsonObject, now: JsonObject): string {
  const isTotal = name === 'realized_pnl' && 'realized_pnl_total' in now && !('realized_pnl_total' in before);
  return isTotal ? 'realized_pnl_total' : name;
}

/** Whether `now` is `before` within the last digit that is shown: the eighth after the point, or the twelfth in all. */
function isRounded(before: Json, now: Json | undefined): boolean {
  if (typeof before !== 'string' || typeof now !== 'string') return false;
  const exact = Decimal.tryParse(before);
  const shown = Decimal.tryParse(now);
  if (!(exact instanceof Decimal) || !(shown instanceof Decimal)) return false;
  const least = Decimal.of(1, 8).max(exact.abs().multiply(Decimal.of(1, 11)));
  return exact.subtract(shown).abs().atMost(least);
}

const RULES = /\/risk\/status\.rules$/;

function nameOf(rule: Json): Json | undefined {
  return typeof rule === 'object' && rule !== null && !isList(rule) ? rule['rule'] : undefined;
}

function joined(
  pairs: readonly (readonly [Json, Json | undefined, string])[],
  most: number,
): readonly string[] {
  const found: string[] = [];
  for (const [before, now, path] of pairs) {
    if (found.length >= most) break;
    found.push(...differencesFrom(before, now, path, most - found.length));
  }
  return found;
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function shown(value: Json | undefined): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= 300 ? text : `${text.slice(0, 300)}…`;
}
