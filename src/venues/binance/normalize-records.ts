/**
 * Entries of Binance about what moved a balance, as account records.
 *
 * Entry points: one reader per list. Each takes parsed items and throws `MalformedAnswer` where one is not of the documented
 * shape. Sources: see `account-records.ts`. The id of an entry is unique for its list alone, so that ours carry the list's
 * name; funding keeps the venue's number, under which earlier releases booked it.
 */
import type { Decimal } from '../../core/decimal.ts';
import { asset, tradeId } from '../../core/ids.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { AccountRecord, AccountRecordKind, TradedInstrument } from '../../core/venue/account-record.ts';
import {
  MalformedAnswer,
  asArray,
  asObject,
  figure,
  optionalFigure,
  optionalText,
  text,
  wholeNumber,
} from '../ccxt/exact-json.ts';
import type { Names } from '../markets.ts';
import { takenAndGivenBack } from '../record-entries.ts';

type KindBySign = readonly [received: AccountRecordKind, paid: AccountRecordKind];

const TRANSFER: KindBySign = ['transfer_in', 'transfer_out'];

/** By `incomeType`; what is missing is `other`, because the venue adds types freely. */
const INCOME_KINDS: ReadonlyMap<string, KindBySign> = new Map<string, KindBySign>([
  ['TRANSFER', TRANSFER],
  ['INTERNAL_TRANSFER', TRANSFER],
  ['CROSS_COLLATERAL_TRANSFER', TRANSFER],
  ['STRATEGY_UMFUTURES_TRANSFER', TRANSFER],
  ['COIN_SWAP_DEPOSIT', TRANSFER],
  ['COIN_SWAP_WITHDRAW', TRANSFER],
  ['FUNDING_FEE', ['funding', 'funding']],
  ['COMMISSION', ['commission', 'commission']],
  ['POSITION_LIMIT_INCREASE_FEE', ['commission', 'commission']],
  // Charged for a liquidation, or paid by the insurance fund where the account could not carry its loss.
  ['INSURANCE_CLEAR', ['insurance', 'liquidation_fee']],
  ['REFERRAL_KICKBACK', ['rebate', 'rebate']],
  ['COMMISSION_REBATE', ['rebate', 'rebate']],
  ['API_REBATE', ['rebate', 'rebate']],
  ['FEE_RETURN', ['rebate', 'rebate']],
  ['WELCOME_BONUS', ['airdrop', 'airdrop']],
  ['CONTEST_REWARD', ['airdrop', 'airdrop']],
  ['BFUSD_REWARD', ['interest', 'interest']],
  ['AUTO_EXCHANGE', ['conversion', 'conversion']],
]);

/** Types whose entries with a trade id repeat what the execution itself says. */
const OF_EXECUTIONS: ReadonlySet<string> = new Set(['REALIZED_PNL', 'COMMISSION']);

/** `/fapi/v1/income`, without what executions of our instruments say. Entries do not name a position side. */
export function incomeRecords(items: readonly JsonValue[], names: Names): readonly AccountRecord[] {
  return items
    .map((item) => asObject(item, 'income'))
    .filter((income) => !isOfOurExecution(income, names))
    .map((income) => incomeRecord(income, names));
}

/** The executions of our instruments that the entries name: also those of instruments that nobody here has traded. */
export function tradedInstruments(items: readonly JsonValue[], names: Names): readonly TradedInstrument[] {
  return items
    .map((item) => asObject(item, 'income'))
    .filter((income) => isOfOurExecution(income, names))
    .map((income) => ({ symbol: names.symbol(text(income, 'symbol')), at: wholeNumber(income, 'time') }));
}

function isOfOurExecution(income: JsonObject, names: Names): boolean {
  return (
    OF_EXECUTIONS.has(text(income, 'incomeType')) &&
    optionalText(income, 'tradeId') !== null &&
    names.known(text(income, 'symbol'))
  );
}

function incomeRecord(income: JsonObject, names: Names): AccountRecord {
  const type = text(income, 'incomeType');
  const amount = figure(income, 'income');
  const number = text(income, 'tranId');
  const paidIn = text(income, 'asset');
  const venueSymbol = optionalText(income, 'symbol');
  const trade = optionalText(income, 'tradeId');
  return {
    // A conversion has an entry for each asset under one number.
    recordId: type === 'FUNDING_FEE' ? number : `${type} ${number} ${paidIn}`,
    kind: bySign(INCOME_KINDS.get(type) ?? ['other', 'other'], amount),
    venueKind: type,
    wallet: 'linear_swap',
    asset: asset(paidIn),
    amount,
    symbol: venueSymbol !== null && names.known(venueSymbol) ? names.symbol(venueSymbol) : null,
    positionSide: 'net',
    tradeId: trade === null ? null : tradeId(trade),
    at: wholeNumber(income, 'time'),
  };
}

function bySign([received, paid]: KindBySign, amount: Decimal): AccountRecordKind {
  return amount.isNegative() ? paid : received;
}

function spotRecord(
  given: Pick<AccountRecord, 'recordId' | 'kind' | 'venueKind' | 'amount' | 'at'> & { readonly of: string },
): AccountRecord {
  const { of, ...rest } = given;
  return { ...rest, wallet: 'spot', asset: asset(of), symbol: null, positionSide: 'net', tradeId: null };
}

/** Credited: "success", and "credited but cannot withdraw". */
const CREDITED: ReadonlySet<string> = new Set(['1', '6']);

/** `/sapi/v1/capital/deposit/hisrec`: those that are in the spot wallet. */
export function deposits(items: readonly JsonValue[]): readonly AccountRecord[] {
  return items
    .map((item) => asObject(item, 'deposit'))
    .filter((deposit) => CREDITED.has(text(deposit, 'status')) && isOfSpotWallet(deposit))
    .map((deposit) =>
      spotRecord({
        recordId: `deposit ${text(deposit, 'id')}`,
        kind: 'deposit',
        venueKind: 'deposit',
        of: text(deposit, 'coin'),
        amount: figure(deposit, 'amount'),
        // When it was credited, where the venue says so: it is first seen some confirmations earlier.
        at: wholeNumber(
          deposit,
          optionalText(deposit, 'completeTime') === null ? 'insertTime' : 'completeTime',
        ),
      }),
    );
}

/** `walletType` 1 is the funding wallet. */
function isOfSpotWallet(entry: JsonObject): boolean {
  return (optionalText(entry, 'walletType') ?? '0') === '0';
}

/** Canceled, rejected and failed: what was taken is given back. */
const GIVEN_BACK: ReadonlySet<string> = new Set(['1', '3', '5']);

/**
 * `/sapi/v1/capital/withdraw/history`. The balance falls when a withdrawal is applied for, by its amount and the network's
 * fee, which the venue states apart; of one that failed there is a second record that gives both back.
 */
export function withdrawals(items: readonly JsonValue[]): readonly AccountRecord[] {
  return items
    .map((item) => asObject(item, 'withdrawal'))
    .filter(isOfSpotWallet)
    .flatMap((withdrawal) => {
      const id = text(withdrawal, 'id');
      const taken = figure(withdrawal, 'amount').add(
        optionalFigure(withdrawal, 'transactionFee') ?? figure({ zero: '0' }, 'zero'),
      );
      const applied = spotRecord({
        recordId: `withdrawal ${id}`,
        kind: 'withdrawal',
        venueKind: 'withdrawal',
        of: text(withdrawal, 'coin'),
        amount: taken.negate(),
        at: appliedAt(withdrawal),
      });
      return takenAndGivenBack(applied, GIVEN_BACK.has(text(withdrawal, 'status')));
    });
}

/** `2019-10-12 11:12:02`, UTC. The end of that second, so that no record is dated too early. */
function appliedAt(withdrawal: JsonObject): number {
  const stated = text(withdrawal, 'applyTime');
  const at = /^\d+$/.test(stated) ? Number(stated) : Date.parse(`${stated.replace(' ', 'T')}Z`) + 999;
  if (!Number.isSafeInteger(at)) throw new MalformedAnswer(`applyTime is no time: ${stated}`);
  return at;
}

/** Rows of `/sapi/v1/asset/transfer`, as the spot wallet (`MAIN`) has them. */
export function spotTransfers(items: readonly JsonValue[]): readonly AccountRecord[] {
  return items
    .map((item) => asObject(item, 'transfer'))
    .filter((transfer) => text(transfer, 'status') === 'CONFIRMED')
    .map((transfer) => {
      const type = text(transfer, 'type');
      const isOut = type.startsWith('MAIN_');
      const amount = figure(transfer, 'amount');
      return spotRecord({
        recordId: `transfer ${text(transfer, 'tranId')}`,
        kind: isOut ? 'transfer_out' : 'transfer_in',
        venueKind: type,
        of: text(transfer, 'asset'),
        amount: isOut ? amount.negate() : amount,
        at: wholeNumber(transfer, 'timestamp'),
      });
    });
}

/** Rows of `/sapi/v1/asset/assetDividend`; what each was for stands in words. */
export function distributions(items: readonly JsonValue[]): readonly AccountRecord[] {
  return items
    .map((item) => asObject(item, 'distribution'))
    .map((distribution) => {
      const words = optionalText(distribution, 'enInfo') ?? 'distribution';
      return spotRecord({
        recordId: `distribution ${text(distribution, 'tranId')} ${text(distribution, 'asset')}`,
        kind: distributionKind(words),
        venueKind: words,
        of: text(distribution, 'asset'),
        amount: figure(distribution, 'amount'),
        at: wholeNumber(distribution, 'divTime'),
      });
    });
}

function distributionKind(words: string): AccountRecordKind {
  if (/rebate|commission|referral|kickback|cashback/i.test(words)) return 'rebate';
  return /interest|earn|saving|staking|locked|flexible/i.test(words) ? 'interest' : 'airdrop';
}

/** A record of Simple Earn: flexible products and locked ones have lists and numbers of their own. */
export type EarnProduct = 'flexible' | 'locked';

/** The types that are paid from a wallet: the others move what is in Earn already, or what was bought or borrowed for it. */
const PAID_SUBSCRIPTIONS: ReadonlySet<string> = new Set(['NORMAL', 'AUTO']);

/**
 * Rows of `/sapi/v1/simple-earn/{flexible,locked}/history/subscriptionRecord`: what went out of the spot wallet into a product. Of one that
 * the funding wallet pays a part of, `amtFromSpot` is the other part.
 */
export function earnSubscriptions(
  product: EarnProduct,
  items: readonly JsonValue[],
): readonly AccountRecord[] {
  return items
    .map((item) => asObject(item, 'subscription'))
    .filter(
      (row) =>
        text(row, 'status') === 'SUCCESS' && PAID_SUBSCRIPTIONS.has(optionalText(row, 'type') ?? 'NORMAL'),
    )
    .map((row) =>
      spotRecord({
        recordId: `earn ${product} subscription ${text(row, 'purchaseId')}`,
        kind: 'transfer_out',
        venueKind: `EARN_${product.toUpperCase()}_SUBSCRIPTION`,
        of: text(row, 'asset'),
        amount: paidFromSpot(row).negate(),
        at: wholeNumber(row, 'time'),
      }),
    )
    .filter(({ amount }) => !amount.isZero());
}

function paidFromSpot(row: JsonObject): Decimal {
  switch (optionalText(row, 'sourceAccount') ?? 'SPOT') {
    case 'SPOT':
      return figure(row, 'amount');
    case 'SPOTANDFUNDING':
      return figure(row, 'amtFromSpot');
    default:
      return figure({ zero: '0' }, 'zero');
  }
}

/**
 * Rows of `/sapi/v1/simple-earn/{flexible,locked}/history/redemptionRecord`: what came back into the spot wallet. One that is not paid yet
 * has moved nothing; a locked one that was moved on into a flexible product has not either.
 */
export function earnRedemptions(product: EarnProduct, items: readonly JsonValue[]): readonly AccountRecord[] {
  return items
    .map((item) => asObject(item, 'redemption'))
    .filter(
      (row) =>
        text(row, 'status') === 'PAID' &&
        (optionalText(row, 'destAccount') ?? 'SPOT') === 'SPOT' &&
        optionalText(row, 'type') !== 'NEW_TRANSFERRED',
    )
    .map((row) =>
      spotRecord({
        recordId: `earn ${product} redemption ${text(row, 'redeemId')}`,
        kind: 'transfer_in',
        venueKind: `EARN_${product.toUpperCase()}_REDEMPTION`,
        of: text(row, 'asset'),
        amount: figure(row, 'amount'),
        at: wholeNumber(row, optionalText(row, 'deliverDate') === null ? 'time' : 'deliverDate'),
      }),
    );
}

/** The asset that dust is converted into. */
const CONVERTED_INTO = 'BNB';

/** `userAssetDribblets` of `/sapi/v1/asset/dribblet`: what each asset gave, and what was received for it, less the charge. */
export function dustConversions(items: readonly JsonValue[]): readonly AccountRecord[] {
  return items
    .flatMap((item) => asArray(asObject(item, 'conversion')['userAssetDribbletDetails'], 'converted assets'))
    .map((item) => asObject(item, 'converted asset'))
    .flatMap((detail) => {
      const number = text(detail, 'transId');
      const from = text(detail, 'fromAsset');
      const common = {
        kind: 'conversion',
        venueKind: 'dust',
        at: wholeNumber(detail, 'operateTime'),
      } as const;
      return [
        spotRecord({
          ...common,
          recordId: `dust ${number} ${from}`,
          of: from,
          amount: figure(detail, 'amount').negate(),
        }),
        spotRecord({
          ...common,
          recordId: `dust ${number} for ${from}`,
          of: optionalText(detail, 'targetAsset') ?? CONVERTED_INTO,
          amount: figure(detail, 'transferedAmount'),
        }),
      ];
    });
}
