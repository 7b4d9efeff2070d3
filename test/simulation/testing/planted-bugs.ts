/**
 * Bugs of the kind that loses money, each as exact replacements in the sources, to show that the simulation or a test finds them.
 *
 * Entry points: `PLANTED_BUGS`, of which `FOUND_BY_SEEDS` and `FOUND_BY_TESTS` are the two kinds; `patchedFiles`.
 * Nothing of this is in the sources themselves: `planted-seeds.ts` and `planted-tests.ts` load patched texts in place of them.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ACCOUNT_BUGS } from './planted-account-bugs.ts';
import { CLASSIFIER_BUGS } from './planted-classifier-bugs.ts';
import { ENGINE_BUGS } from './planted-engine-bugs.ts';
import { FIGURE_BUGS } from './planted-figure-bugs.ts';
import { GATEWAY_BUGS } from './planted-gateway-bugs.ts';
import { LIMIT_BUGS } from './planted-limit-bugs.ts';
import { LOSS_BUGS } from './planted-loss-bugs.ts';
import { RULE_BUGS } from './planted-rule-bugs.ts';
import { SQL_BUGS } from './planted-sql-bugs.ts';
import { VENUE_BUGS } from './planted-venue-bugs.ts';
import { WIRE_BUGS } from './planted-wire-bugs.ts';

export interface Replacement {
  readonly file: string;
  /** Stands exactly once in the file. */
  readonly find: string;
  readonly replace: string;
}

/** A test by its file and its title. */
export interface NamedTest {
  readonly file: string;
  readonly title: string;
}

interface AnyPlantedBug {
  readonly name: string;
  readonly replacements: readonly Replacement[];
}

export interface FoundBySeed extends AnyPlantedBug {
  /** A seed that finds it, the first from 1 on when it was looked for. */
  readonly foundBy: number;
}

/** A bug where no world goes: a statement of PostgreSQL, a figure that no auditor computes, the very edge of a bound. */
export interface FoundByTest extends AnyPlantedBug {
  readonly foundIn: NamedTest;
}

export type PlantedBug = FoundBySeed | FoundByTest;

export const FOUND_BY_SEEDS: readonly FoundBySeed[] = [
  {
    name: 'a timeout is sent again',
    foundBy: 5,
    replacements: [
      {
        file: 'src/core/order/send.ts',
        find: '      noteUnknown(draft, orderId, n, outcome.detail);\n',
        replace:
          "      if (applyTransition(draft, orderId, 'send_not_sent', { type: 'send_not_sent', orderId, n, notSentReason: 'throttled', detail: outcome.detail, retryAt: retryTime(order, draft.at, jitter) }))\n" +
          "        endIfNotRetried(draft, orderId, 'not_placed', outcome.detail);\n",
      },
    ],
  },
  {
    name: 'requests are signed with now instead of the journaled time',
    foundBy: 1,
    replacements: [
      {
        file: 'src/engine/effect-executor.ts',
        find: 'signedAt: attempt.signedAt,',
        replace: 'signedAt: gateway.venueNow(),',
      },
    ],
  },
  {
    name: 'an execution that is reported twice is counted twice',
    foundBy: 1,
    replacements: [
      {
        file: 'src/core/order/fills.ts',
        find: 'if (order.fillKeys.includes(fillKey(fill.venueOrderId, fill.tradeId))) return;',
        replace: '',
      },
    ],
  },
  {
    name: 'executions are known by their trade id alone',
    foundBy: 1,
    replacements: [
      {
        file: 'src/core/order/fills.ts',
        find: 'if (order.fillKeys.includes(fillKey(fill.venueOrderId, fill.tradeId))) return;',
        replace:
          'const booked = [...draft.state.unfinished.values(), ...draft.state.finished.values()];\n' +
          '  if (booked.some((other) => other.fillKeys.some((key) => key.endsWith(` ${fill.tradeId}`)))) return;',
      },
      {
        file: 'src/core/order/fills.ts',
        find: 'const booked = applyTransition(',
        replace: 'const isBooked = applyTransition(',
      },
      { file: 'src/core/order/fills.ts', find: 'if (!booked) return;', replace: 'if (!isBooked) return;' },
    ],
  },
  {
    name: 'an order on its way holds nothing',
    foundBy: 11,
    replacements: [
      {
        file: 'src/core/order/order.ts',
        find: 'if (order.hold === null || isFinished(order.status)) return Decimal.zero;',
        replace:
          "if (order.hold === null || order.status === 'submitting' || order.status === 'unknown') return Decimal.zero;\n" +
          '  if (isFinished(order.status)) return Decimal.zero;',
      },
      {
        file: 'src/core/order/open-orders.ts',
        find: 'before.hold === after.hold &&',
        replace: 'before.hold === after.hold && before.status === after.status &&',
      },
    ],
  },
  {
    name: 'requests leave before the journal has them',
    foundBy: 1,
    replacements: [
      {
        file: 'src/engine/writer.ts',
        find: 'draft.effects.filter(leavesAtOnce)',
        replace: 'draft.effects',
      },
      {
        file: 'src/engine/writer.ts',
        find: 'leaving.filter((effect) => !leavesAtOnce(effect))',
        replace: '[]',
      },
    ],
  },
  {
    name: 'a gap in the private stream is ignored',
    foundBy: 6,
    replacements: [
      {
        file: 'src/engine/venue-intake.ts',
        find: 'onGap: () => reconcile(),',
        replace: 'onGap: () => undefined,',
      },
    ],
  },
  {
    name: 'an early "not found" is believed',
    foundBy: 8,
    replacements: [
      {
        file: 'src/core/order/look-up.ts',
        find: 'if (venueTime <= expiresAt + capabilities.engineAllowanceMs) return;',
        replace: '',
      },
      {
        file: 'src/core/order/look-up.ts',
        find: 'if (venueTime - order.absentAt < capabilities.readLagMs) return;',
        replace: '',
      },
    ],
  },
  {
    name: 'a cancel that overtook its order is forgotten',
    foundBy: 6,
    replacements: [
      {
        file: 'src/core/order/cancel.ts',
        find: "if (!order.cancelRequested || (order.status !== 'open' && order.status !== 'partially_filled')) return;",
        replace: 'if (order.cancelRequested || !order.cancelRequested) return;',
      },
    ],
  },
  {
    name: 'the fence is ignored: a stale owner appends',
    foundBy: 41,
    replacements: [
      {
        file: 'src/journal/testing/memory-journal.ts',
        find:
          '      stored.epoch !== append.epoch ||\n' +
          '      stored.session !== session ||\n' +
          '      stored.head.seq !== before.seq\n',
        replace: '      (session < 0 && before.seq < 0)\n',
      },
    ],
  },
  {
    name: 'a lost answer to COMMIT is taken for a failure',
    foundBy: 14,
    replacements: [
      {
        file: 'src/journal/testing/memory-journal.ts',
        find: 'stored.head.hash === after.hash',
        replace: "stored.head.hash === ''",
      },
    ],
  },
  {
    name: 'the position limit forgets orders on their way',
    foundBy: 16,
    replacements: [
      {
        file: 'src/core/risk/rules/position-limit.ts',
        find: 'exposureOf(netQuantity, open, setting.kind',
        replace:
          'exposureOf(netQuantity, { ...open, buyQuantity: open.buyQuantity.subtract(open.buyQuantity), ' +
          'buyValue: open.buyValue.subtract(open.buyValue), sellQuantity: open.sellQuantity.subtract(open.sellQuantity), ' +
          'sellValue: open.sellValue.subtract(open.sellValue) }, setting.kind',
      },
    ],
  },
  {
    name: 'the kill switch stops nothing',
    foundBy: 1,
    replacements: [
      {
        file: 'src/core/risk/rules/kill-switch.ts',
        find: 'if (reducing || !state.killSwitch.engaged) return PASSED;',
        replace: 'if (reducing || state.killSwitch.at >= 0) return PASSED;',
      },
    ],
  },
  {
    name: 'a restart forgets what was on its way',
    foundBy: 10,
    replacements: [
      {
        file: 'src/core/order/send.ts',
        find: "noteUnknown(draft, order.orderId, order.attempts.length, 'the service stopped before an answer came');",
        replace: '',
      },
    ],
  },
  {
    name: 'a cancel waits for the journal',
    foundBy: 21,
    replacements: [
      {
        file: 'src/engine/order-entry.ts',
        find: "if (order.status !== 'accepted' && keep === undefined) effectExecutor.cancel(orderId);",
        replace: '',
      },
    ],
  },
  {
    name: 'the key of a position forgets its side',
    foundBy: 4,
    replacements: [
      {
        file: 'src/core/portfolio/keys.ts',
        find: "return side === 'net' ? `${account} ${symbol}` : `${account} ${symbol} ${side}`;",
        replace: "return side === 'net' ? `${account} ${symbol}` : `${account} ${symbol}`;",
      },
    ],
  },
  {
    name: 'an order that opens a side of a hedged account adds no exposure',
    foundBy: 206,
    replacements: [
      {
        file: 'src/core/risk/exposure.ts',
        find: 'onlyReduces: onlyReduces(request),',
        replace: "onlyReduces: onlyReduces(request) || request.positionSide !== 'net',",
      },
    ],
  },
  {
    name: 'an order for the long position is sent for the short one',
    foundBy: 5,
    replacements: [
      {
        file: 'src/engine/wire-order.ts',
        find: 'positionSide: order.positionSide,',
        replace: "positionSide: order.positionSide === 'long' ? 'short' : order.positionSide,",
      },
    ],
  },
  {
    name: 'funding of one side is booked to the other',
    foundBy: 4,
    replacements: [
      {
        file: 'src/core/portfolio/account-record-changes.ts',
        find: "if (positionSide !== 'net') return named;",
        replace:
          "if (positionSide !== 'net') return sideOf(positionSide === 'long' ? 'short' : 'long') ?? named;",
      },
    ],
  },
  {
    name: 'the comparison of positions ignores their sides',
    foundBy: 4,
    replacements: [
      {
        file: 'src/core/reconcile/positions.ts',
        find: 'compared.set(positionKey(accountId, symbol, positionSide), { symbol, positionSide, report });',
        replace:
          "compared.set(positionKey(accountId, symbol, 'net'), { symbol, positionSide: 'net', report });",
      },
    ],
  },
  {
    name: 'an external execution of a side is booked to the net position',
    foundBy: 5,
    replacements: [
      {
        file: 'src/core/portfolio/book-changes.ts',
        find: 'const { symbol, positionSide } = fill;',
        replace: "const { symbol, positionSide } = { ...fill, positionSide: 'net' as const };",
      },
    ],
  },
  {
    name: 'wallets are declared anew at every start',
    foundBy: 6,
    replacements: [
      {
        file: 'src/core/portfolio/decide.ts',
        find: 'if (declared !== undefined && !areSameWallets(declared, wallets))',
        replace: 'if (declared !== undefined && !areSameWallets(declared, []))',
      },
      {
        file: 'src/core/portfolio/account-changes.ts',
        find: 'if (areSameWallets(books.wallets, wallets)) return;',
        replace: 'if (areSameWallets(books.wallets, [])) return;',
      },
    ],
  },
  {
    name: 'an open loss counts as a gain',
    foundBy: 1,
    replacements: [
      {
        file: 'src/core/position/position.ts',
        find: 'return position.netQuantity.isNegative()',
        replace: 'return !position.netQuantity.isNegative()',
      },
    ],
  },
  {
    name: 'a wallet is left out of what an account brings in',
    foundBy: 1,
    replacements: [
      {
        file: 'src/core/risk/capital.ts',
        find: 'if (balance.accountId !== accountId) continue;',
        replace: "if (balance.accountId !== accountId || balance.wallet === 'linear_swap') continue;",
      },
    ],
  },
  {
    name: 'a flow of capital counts twice',
    foundBy: 1,
    replacements: [
      {
        file: 'src/core/risk/capital.ts',
        find: 'const value = worth ?? Decimal.zero;',
        replace: 'const value = (worth ?? Decimal.zero).multiply(Decimal.of(2n));',
      },
    ],
  },
  {
    name: 'dollars are taken for the base currency',
    foundBy: 5,
    replacements: [
      {
        file: 'src/core/risk/equity.ts',
        find: 'return asset === baseCurrency ? exactly(Decimal.one) : priceOf(asset);',
        replace:
          "return asset === baseCurrency || asset.startsWith('USD') ? exactly(Decimal.one) : priceOf(asset);",
      },
    ],
  },
  {
    name: 'a halted instrument takes orders that shrink exposure',
    foundBy: 41,
    replacements: [
      {
        file: 'src/core/risk/rules/trading-state.ts',
        find: "if (set?.state === 'halted' && request.getsOut !== true) {",
        replace: "if (set?.state === 'halted' && request.getsOut !== true && !reducing) {",
      },
    ],
  },
  {
    name: 'a reduce-only instrument takes new risk',
    foundBy: 18,
    replacements: [
      {
        file: 'src/core/risk/rules/trading-state.ts',
        find: "if (set !== null && set.state !== 'active') {",
        replace: "if (set !== null && set.state === 'halted') {",
      },
    ],
  },
  {
    name: 'fees in the coin of the exchange are worth what it costs now',
    foundBy: 13,
    replacements: [
      {
        file: 'src/core/risk/equity.ts',
        find: '    if (valued !== undefined) {\n      inQuote',
        replace: '    if (valued !== undefined && valued.inBase.isZero()) {\n      inQuote',
      },
      {
        file: 'src/core/risk/equity.ts',
        find: '    const amount = openUnits(fee);\n',
        replace: '    const amount = valued?.inBase.isZero() === false ? fee.amount : openUnits(fee);\n',
      },
    ],
  },
  ...GATEWAY_BUGS,
  ...LIMIT_BUGS,
  ...ACCOUNT_BUGS,
  ...LOSS_BUGS,
  ...WIRE_BUGS,
];

export const FOUND_BY_TESTS: readonly FoundByTest[] = [
  ...RULE_BUGS,
  ...FIGURE_BUGS,
  ...ENGINE_BUGS,
  ...VENUE_BUGS,
  ...CLASSIFIER_BUGS,
  ...SQL_BUGS,
];

export const PLANTED_BUGS: readonly PlantedBug[] = [...FOUND_BY_SEEDS, ...FOUND_BY_TESTS];

const ROOT = resolve(import.meta.dirname, '../../..');

/**
 * The sources with the bug in them, by file from the root on, nothing written. Throws when the text of a replacement does not stand
 * exactly once: the source has changed, and so must the bug.
 */
export function patchedFiles(bug: PlantedBug): ReadonlyMap<string, string> {
  const patched = new Map<string, string>();
  for (const { file, find, replace } of bug.replacements) {
    const text = patched.get(file) ?? readFileSync(join(ROOT, file), 'utf8');
    const found = text.split(find).length - 1;
    if (found !== 1) throw new Error(`"${bug.name}": ${file} has the text ${found} times, not once: ${find}`);
    patched.set(
      file,
      text.replace(find, () => replace),
    );
  }
  return patched;
}
