import { expect, it } from 'vitest';
import { Inbox, LANES, MAX_WAITING_ORDERS, type InboxItem, type InboxLane } from './inbox.ts';

const item = (lane: InboxLane): InboxItem => ({
  lane,
  make: () => ({ type: 'restarted' }),
  resolve: () => undefined,
  reject: () => undefined,
  arrivedAt: 0,
  losses: 0,
});

it('serves what gets a trader out first, each lane in order of arrival', () => {
  const inbox = new Inbox();
  const items = [...LANES].reverse().flatMap((lane) => [item(lane), item(lane)]);
  for (const each of items) inbox.add(each);
  const taken = inbox.take(100);
  expect(taken.map(({ lane }) => lane)).toEqual(LANES.flatMap((lane) => [lane, lane]));
  for (const lane of LANES) {
    expect(taken.filter((each) => each.lane === lane)).toEqual(items.filter((each) => each.lane === lane));
  }
  expect(inbox.isEmpty).toBe(true);
});

it('takes no more than asked for and puts back in front', () => {
  const inbox = new Inbox();
  const [first, second, third] = [item('place'), item('place'), item('place')];
  inbox.add(first);
  inbox.add(second);
  const taken = inbox.take(1);
  inbox.add(third);
  inbox.putBack(taken);
  expect(inbox.take(3)).toEqual([first, second, third]);
});

it('has room for a bounded number of orders', () => {
  const inbox = new Inbox();
  for (let count = 0; count < MAX_WAITING_ORDERS; count += 1) inbox.add(item('place'));
  expect(inbox.hasRoomForOrders).toBe(false);
  inbox.take(1);
  expect(inbox.hasRoomForOrders).toBe(true);
});
