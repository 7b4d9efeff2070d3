/**
 * The meaning of OKX's codes.
 *
 * Entry point: `CLASSIFIER`. Source: "Error Code" of the v5 documentation. A refusal of an order stands in its entry of the answer (`sCode`)
 * below a top-level code of 1, with HTTP 200; a refusal of the whole request is the top-level code. Codes that say of themselves that they
 * do not mean success or failure (50004, 51149), and those of a server that failed or was too busy, prove nothing.
 */
import type { JsonValue } from '../../core/json.ts';
import { excerpt, isObject, optionalText, text } from '../ccxt/exact-json.ts';
import { BY_TEXT, Classifier, THROTTLED, TIMESTAMP, UNKNOWN, meaningsOf, refusedAs } from '../classifier.ts';
import type { CodeTable, StatedAnswer } from '../classifier.ts';

const CODES: CodeTable = [
  // "does not mean that the request was successful or failed", timed out, unavailable, busy, system error, repeated; cancels that timed
  // out or are under way; and a failure of the operation that names no entry of its own.
  [UNKNOWN, [1, 2, 50001, 50004, 50005, 50013, 50026, 50042, 50046, 51054, 51149, 51410, 51412]],
  // Counted before the request is looked at: the endpoint's limit, the account's, the account's of a feature.
  [THROTTLED, [50011, 50040, 50061]],
  // The timestamp, or the deadline that the request carries: it was not processed.
  [TIMESTAMP, [50036, 50037, 50102, 50112]],
  [
    refusedAs('authentication'),
    [
      50007, 50008, 50010, 50027, 50028, 50029, 50030, 50035, 50041, 50051, 50067, 50100, 50101, 50103, 50104,
      50105, 50106, 50107, 50108, 50109, 50110, 50111, 50113, 50114, 50119, 50120, 50121, 51009, 51024,
    ],
  ],
  [refusedAs('insufficient_balance'), [51008, 51119, 51127, 51131, 51502, 59103, 59108, 59200]],
  [refusedAs('filter'), [51005, 51007, 51020, 51101, 51120, 51121, 51150, 51201, 51202, 51203, 51252, 50122]],
  [refusedAs('price_band'), [51006, 51031, 51116, 51122, 51135, 51136, 51137, 51138, 51250]],
  [refusedAs('too_many_orders'), [51025, 51102, 51103, 51104, 51117, 51165, 51174, 51260, 51261, 51299]],
  [refusedAs('duplicate_client_order_id'), [51016, 51065, 51068]],
  [refusedAs('reduce_only'), [51112, 51169, 51170, 51205, 51206, 51058]],
  [
    refusedAs('would_trigger'),
    [51277, 51278, 51279, 51280, 51300, 51302, 51303, 51304, 51305, 51306, 51307, 51308],
  ],
  [
    refusedAs('instrument_closed'),
    [51001, 51021, 51022, 51027, 51028, 51029, 51030, 51087, 51124, 51155, 54011],
  ],
  // "Parameter {0} error": the text names it.
  [BY_TEXT, [51000]],
  // Parameters that the venue has no form for, settings that cannot be made now, positions beyond a limit.
  [
    refusedAs('other'),
    [
      50000, 50002, 50006, 50014, 50015, 50016, 50024, 50025, 50072, 51003, 51010, 51015, 51023, 51105, 51106,
      51107, 51148, 51178, 51204, 51328, 51500, 51503, 51506, 51511, 54000, 54024, 54031, 59000, 59101, 59102,
      59104, 59105, 59106, 59107,
    ],
  ],
];

function stated(body: JsonValue): StatedAnswer {
  if (!isObject(body) || body['code'] === undefined)
    return { kind: 'nothing', detail: `no code: ${excerpt(JSON.stringify(body))}` };
  const code = text(body, 'code');
  const { data } = body;
  for (const entry of Array.isArray(data) ? data : []) {
    if (!isObject(entry) || entry['sCode'] === undefined) continue;
    const own = text(entry, 'sCode');
    if (own !== '0') return { kind: 'error', code: own, message: optionalText(entry, 'sMsg') ?? '' };
  }
  if (code === '0') return { kind: 'result', result: data ?? null };
  return { kind: 'error', code, message: optionalText(body, 'msg') ?? '' };
}

/** "the order has been filled, canceled or does not exist": one code for all three. */
const NOTHING_TO_CANCEL: ReadonlySet<string> = new Set(
  [51400, 51401, 51402, 51405, 51416, 51603].map(String),
);

export const CLASSIFIER = new Classifier({
  stated,
  meanings: meaningsOf(CODES),
  // "Omitting it for FUTURES/SWAP in long/short mode returns error 51000" ("Place order"), as does one of another mode.
  texts: [
    [/\bposSide\b/, 'position_mode'],
    [/\b(?:sz|px)\b/, 'filter'],
  ],
  byStatus: { 401: 'authentication', 429: 'throttled' },
  ofCancel: ({ code }) => (NOTHING_TO_CANCEL.has(code) ? 'not_found' : null),
  // A setting that is made already is answered as one that was made.
  alreadySo: new Set(),
  noSuchOrder: new Set(['51603']),
});
