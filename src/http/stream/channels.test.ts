/** The channels of events that end an order: what it held is free again, and what it protected is not protected. */
import { expect, it } from 'vitest';
import { CHANNELS_OF } from './channels.ts';

it.each([
  'order_closed',
  'order_annulled',
  'order_given_up',
  'absence_proven',
  'send_refused',
  'send_not_sent',
  'fill_booked',
  'account_reset',
] as const)('%s is followed by the positions and balances that it changes', (type) => {
  expect(CHANNELS_OF[type]).toEqual(expect.arrayContaining(['orders', 'positions', 'balances']));
});
