import { expect, it } from 'vitest';
import { orderId } from '../core/ids.ts';
import {
  CLOSING_IN_BATCH,
  EXTERNAL_WAIT_MS,
  Inbox,
  LANES,
  MAX_WAITING_ORDERS,
  type InboxItem,
  type InboxLane,
} from './inbox.ts';

const OURS = LANES.filter((lane) => lane !== 'external');

const item = (lane: InboxLane, arrivedAt = 0): InboxItem => ({
  lane,
  make: () => ({ type: 'restarted' }),
  resolve: () => undefined,
  reject: () => undefined,
  arrivedAt,
  places: [],
  cancels: null,
  losses: 0,
  refusals: 0,
});

it('serves inputs that reduce risk first, each lane in order of arrival', () => {
  const inbox = new Inbox();
  const items = [...OURS].reverse().flatMap((lane) => [item(lane), item(lane)]);
  for (const each of items) inbox.add(each);
  const taken = inbox.take(100, 0);
  expect(taken.map(({ lane }) => lane)).toEqual(OURS.flatMap((lane) => [lane, lane]));
  for (const lane of OURS) {
    expect(taken.filter((each) => each.lane === lane)).toEqual(items.filter((each) => each.lane === lane));
  }
  expect(inbox.isEmpty).toBe(true);
});

it('takes no more than asked for and puts back in front', () => {
  const inbox = new Inbox();
  const [first, second, third] = [item('place'), item('place'), item('place')];
  inbox.add(first);
  inbox.add(second);
  const taken = inbox.take(1, 0);
  inbox.add(third);
  inbox.putBack(taken);
  expect(inbox.take(3, 0)).toEqual([first, second, third]);
});

it('has room for a bounded number of orders', () => {
  const inbox = new Inbox();
  for (let count = 0; count < MAX_WAITING_ORDERS; count += 1) inbox.add(item('place'));
  expect([inbox.hasRoomFor('place'), inbox.hasRoomFor('close')]).toEqual([false, true]);
  inbox.take(1, 0);
  expect(inbox.hasRoomFor('place')).toBe(true);
});

it('serves external executions one group at a time, when no input of ours waits', () => {
  const inbox = new Inbox();
  const groups = [item('external'), item('external')];
  for (const group of groups) inbox.add(group);
  inbox.add(item('place'));
  expect(inbox.take(100, EXTERNAL_WAIT_MS - 1).map(({ lane }) => lane)).toEqual(['place']);
  expect(inbox.take(100, EXTERNAL_WAIT_MS - 1)).toEqual(groups.slice(0, 1));
  expect(inbox.take(100, EXTERNAL_WAIT_MS - 1)).toEqual(groups.slice(1));
  expect(inbox.isEmpty).toBe(true);
});

it('takes an external group that has waited long enough with the next batch, whatever else waits', () => {
  const inbox = new Inbox();
  for (const lane of LANES) for (let count = 0; count < 3; count += 1) inbox.add(item(lane, 1_000));
  const early = inbox.take(4, 1_000 + EXTERNAL_WAIT_MS - 1);
  expect(early.map(({ lane }) => lane)).toEqual(['cancel', 'cancel', 'cancel', 'outcome']);
  // Beside as many inputs of ours as ever, and before the new orders that are judged against it.
  const late = inbox.take(10, 1_000 + EXTERNAL_WAIT_MS);
  expect(late.map(({ lane }) => lane).join(' ')).toBe(
    'outcome outcome venue venue venue external timer timer timer close close',
  );
});

it('takes everything when asked to', () => {
  const inbox = new Inbox();
  for (const lane of LANES) for (let count = 0; count < 3; count += 1) inbox.add(item(lane));
  expect(inbox.takeAll()).toHaveLength(3 * LANES.length);
  expect(inbox.isEmpty).toBe(true);
});

it('serves closing orders before new ones, and some of them beside any number of cancels', () => {
  const inbox = new Inbox();
  for (let count = 0; count < 100; count += 1) {
    inbox.add(item('place'));
    inbox.add(item('close'));
  }
  expect(inbox.take(101, 0).map(({ lane }) => lane)).toEqual([
    ...Array.from({ length: 100 }, () => 'close'),
    'place',
  ]);
  for (let count = 0; count < 100; count += 1) {
    inbox.add(item('cancel'));
    inbox.add(item('close'));
  }
  const lanes = inbox.take(64, 0).map(({ lane }) => lane);
  expect(lanes.filter((lane) => lane === 'close')).toHaveLength(64 / CLOSING_IN_BATCH);
  expect(lanes.filter((lane) => lane === 'cancel')).toHaveLength(64 - 64 / CLOSING_IN_BATCH);
});

it('keeps the cancel of a placement that is taken out for the next batch', () => {
  const inbox = new Inbox();
  const placed = orderId('o1');
  const placement = { ...item('place'), places: [placed] };
  const cancel = { ...item('cancel'), cancels: placed };
  inbox.add(placement);
  inbox.add(cancel);
  expect(inbox.takePlacements()).toEqual([placement]);
  expect([inbox.isPlacing(placed), inbox.take(10, 0)]).toEqual([false, [cancel]]);
  expect(inbox.isEmpty).toBe(true);
});
