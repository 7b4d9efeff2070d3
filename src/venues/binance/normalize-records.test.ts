import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../core/json.ts';
import type { AccountRecord } from '../../core/venue/account-record.ts';
import { MarketTable, MarketsOfKinds, Names } from '../markets.ts';
import {
  deposits,
  distributions,
  dustConversions,
  earnRedemptions,
  earnSubscriptions,
  incomeRecords,
  spotTransfers,
  withdrawals,
} from './normalize-records.ts';

const names = new Names(new MarketsOfKinds(new MarketTable(), ['linear_swap']), 'linear_swap');

const shown = (records: readonly AccountRecord[]): readonly (readonly string[])[] =>
  records.map(({ recordId, kind, asset, amount }) => [recordId, kind, asset, amount.toString()]);
const income = (incomeType: string, amount: string, given: Record<string, JsonValue> = {}): JsonValue => ({
  symbol: '',
  incomeType,
  income: amount,
  asset: 'USDT',
  info: '',
  time: 1570608000000,
  tranId: 9689322392,
  tradeId: '',
  ...given,
});

describe('income of USD-M futures', () => {
  it.each([
    ['TRANSFER', '0.375', 'transfer_in'],
    ['TRANSFER', '-0.375', 'transfer_out'],
    ['INTERNAL_TRANSFER', '-1', 'transfer_out'],
    ['STRATEGY_UMFUTURES_TRANSFER', '1', 'transfer_in'],
    ['CROSS_COLLATERAL_TRANSFER', '1', 'transfer_in'],
    ['COIN_SWAP_DEPOSIT', '1', 'transfer_in'],
    ['COIN_SWAP_WITHDRAW', '-1', 'transfer_out'],
    ['INSURANCE_CLEAR', '-971.45', 'liquidation_fee'],
    ['INSURANCE_CLEAR', '12.5', 'insurance'],
    ['REFERRAL_KICKBACK', '0.1', 'rebate'],
    ['COMMISSION_REBATE', '0.1', 'rebate'],
    ['API_REBATE', '0.1', 'rebate'],
    ['FEE_RETURN', '0.1', 'rebate'],
    ['WELCOME_BONUS', '10', 'airdrop'],
    ['CONTEST_REWARD', '10', 'airdrop'],
    ['BFUSD_REWARD', '0.2', 'interest'],
    ['AUTO_EXCHANGE', '-3', 'conversion'],
    ['POSITION_LIMIT_INCREASE_FEE', '-3', 'commission'],
    ['DELIVERED_SETTELMENT', '4', 'other'],
    ['A_TYPE_OF_TOMORROW', '4', 'other'],
  ])('%s of %s is %s', (type, amount, kind) => {
    expect(shown(incomeRecords([income(type, amount)], names))).toEqual([
      [`${type} 9689322392 USDT`, kind, 'USDT', amount],
    ]);
  });

  it('keeps the number of funding, under which earlier releases booked it', () => {
    expect(shown(incomeRecords([income('FUNDING_FEE', '-0.5')], names))).toEqual([
      ['9689322392', 'funding', 'USDT', '-0.5'],
    ]);
  });

  it('has an id for each asset of an exchange', () => {
    const both = [income('AUTO_EXCHANGE', '-3', { asset: 'USDC' }), income('AUTO_EXCHANGE', '2.99')];
    const ids = incomeRecords(both, names).map(({ recordId }) => recordId);
    expect(new Set(ids).size).toBe(2);
  });

  it('keeps what executions of instruments that are not ours say: nothing else books them', () => {
    const delivery = { symbol: 'BTCUSDT_260327', tradeId: '2059192' };
    const records = incomeRecords(
      [income('COMMISSION', '-0.01', delivery), income('REALIZED_PNL', '5', delivery)],
      names,
    );
    expect(records.map(({ kind, symbol }) => [kind, symbol])).toEqual([
      ['commission', null],
      ['other', null],
    ]);
  });
});

describe('lists of the wallet', () => {
  const deposit = {
    id: '769800519366885376',
    amount: '0.001',
    coin: 'BNB',
    status: 1,
    insertTime: 1661493146000,
    walletType: 0,
  };

  it('a deposit counts once it is credited, from the moment of that where the venue says so', () => {
    expect(shown(deposits([deposit]))).toEqual([['deposit 769800519366885376', 'deposit', 'BNB', '0.001']]);
    expect(deposits([deposit]).map(({ at }) => at)).toEqual([1661493146000]);
    expect(deposits([{ ...deposit, completeTime: 1661493999000 }])[0]?.at).toBe(1661493999000);
    expect(deposits([{ ...deposit, status: 6 }])).toHaveLength(1);
    for (const status of [0, 2, 7, 8]) expect(deposits([{ ...deposit, status }])).toEqual([]);
    expect(deposits([{ ...deposit, walletType: 1 }])).toEqual([]);
  });

  const withdrawal = {
    id: 'b6ae22b3aa844210a7041aee7589627c',
    amount: '8.91000000',
    transactionFee: '0.004',
    coin: 'USDT',
    status: 6,
    applyTime: '2019-10-12 11:12:02',
    walletType: 0,
  };

  it('a withdrawal takes its amount and the fee of the network when it is applied for', () => {
    for (const status of [0, 2, 4, 6])
      expect(shown(withdrawals([{ ...withdrawal, status }]))).toEqual([
        ['withdrawal b6ae22b3aa844210a7041aee7589627c', 'withdrawal', 'USDT', '-8.914'],
      ]);
    // Stated in whole seconds: the end of that one.
    expect(withdrawals([withdrawal])[0]?.at).toBe(Date.UTC(2019, 9, 12, 11, 12, 2) + 999);
  });

  it.each([1, 3, 5])(
    'a withdrawal of status %i gives back what it took, as a record of its own',
    (status) => {
      expect(withdrawals([{ ...withdrawal, status }]).map(({ amount }) => amount.toString())).toEqual([
        '-8.914',
        '8.914',
      ]);
    },
  );

  it('transfers have the sign that the spot wallet sees', () => {
    const transfer = {
      asset: 'USDT',
      amount: '1',
      status: 'CONFIRMED',
      tranId: 11415955596,
      timestamp: 1544433328000,
    };
    expect(
      shown(
        spotTransfers([
          { ...transfer, type: 'MAIN_UMFUTURE' },
          { ...transfer, type: 'UMFUTURE_MAIN', tranId: 2 },
          { ...transfer, type: 'MAIN_FUNDING', status: 'FAILED', tranId: 3 },
          { ...transfer, type: 'MAIN_FUNDING', status: 'PENDING', tranId: 4 },
        ]),
      ),
    ).toEqual([
      ['transfer 11415955596', 'transfer_out', 'USDT', '-1'],
      ['transfer 2', 'transfer_in', 'USDT', '1'],
    ]);
  });

  it('subscriptions of Simple Earn take from the spot wallet what it paid, and nothing of what was in Earn already', () => {
    const row = {
      amount: '100.00000000',
      asset: 'USDT',
      time: 1575018510000,
      purchaseId: 26055,
      productId: 'USDT001',
      type: 'NORMAL',
      sourceAccount: 'SPOT',
      status: 'SUCCESS',
    };
    const rows = [
      row,
      {
        ...row,
        purchaseId: 2,
        type: 'AUTO',
        sourceAccount: 'SPOTANDFUNDING',
        amtFromSpot: '30',
        amtFromFunding: '70',
      },
      { ...row, purchaseId: 3, sourceAccount: 'FUNDING' },
      { ...row, purchaseId: 4, type: 'CONVERT' },
      { ...row, purchaseId: 5, type: 'LOAN' },
      { ...row, purchaseId: 6, status: 'PURCHASING' },
    ];
    expect(shown(earnSubscriptions('flexible', rows))).toEqual([
      ['earn flexible subscription 26055', 'transfer_out', 'USDT', '-100'],
      ['earn flexible subscription 2', 'transfer_out', 'USDT', '-30'],
    ]);
    expect(shown(earnSubscriptions('locked', [row]))).toEqual([
      ['earn locked subscription 26055', 'transfer_out', 'USDT', '-100'],
    ]);
  });

  it('redemptions of Simple Earn count once they are paid into the spot wallet, from when they are', () => {
    const row = {
      amount: '10.5',
      asset: 'USDT',
      time: 1575018510000,
      redeemId: 40607,
      destAccount: 'SPOT',
      status: 'PAID',
    };
    const flexible = [
      row,
      { ...row, redeemId: 2, status: 'CREATED' },
      { ...row, redeemId: 3, destAccount: 'FUNDING' },
    ];
    expect(shown(earnRedemptions('flexible', flexible))).toEqual([
      ['earn flexible redemption 40607', 'transfer_in', 'USDT', '10.5'],
    ]);
    const { destAccount: _, ...unnamed } = row;
    const locked = { ...unnamed, deliverDate: '1575104910000', type: 'MATURE' };
    const read = earnRedemptions('locked', [locked, { ...locked, redeemId: 2, type: 'NEW_TRANSFERRED' }]);
    expect(shown(read)).toEqual([['earn locked redemption 40607', 'transfer_in', 'USDT', '10.5']]);
    expect(read.map(({ at }) => at)).toEqual([1575104910000]);
  });

  it.each([
    ['BNB distribution', 'airdrop'],
    ['Launchpool Airdrop', 'airdrop'],
    ['Simple Earn Flexible Interest', 'interest'],
    ['Locked Staking', 'interest'],
    ['Commission Rebate', 'rebate'],
    ['Spot Referral Kickback', 'rebate'],
  ])('a distribution of the words "%s" is %s', (enInfo, kind) => {
    const row = { id: 1, amount: '10.1', asset: 'BHFT', divTime: 1563189166000, enInfo, tranId: 2968885920 };
    expect(shown(distributions([row]))).toEqual([['distribution 2968885920 BHFT', kind, 'BHFT', '10.1']]);
  });

  it('dust is one record for each asset given and one for what is received', () => {
    const detail = {
      transId: 4359321,
      serviceChargeAmount: '0.000009',
      amount: '0.0009',
      operateTime: 1615985535000,
      transferedAmount: '0.000441',
      fromAsset: 'USDT',
    };
    expect(shown(dustConversions([{ userAssetDribbletDetails: [detail] }]))).toEqual([
      ['dust 4359321 USDT', 'conversion', 'USDT', '-0.0009'],
      ['dust 4359321 for USDT', 'conversion', 'BNB', '0.000441'],
    ]);
  });
});
