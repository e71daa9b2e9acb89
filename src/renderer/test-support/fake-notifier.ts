import type { Notice, Notifier } from '../notifier.ts';

/** What the system would show; the test says what is allowed, and whether anybody is there. */
export type FakeNotifier = Notifier & {
  allowed: NotificationPermission;
  away: boolean;
  /** What a person who is asked says. */
  answer: NotificationPermission;
  /** On the screen now. */
  shown: Notice[];
};

export function createFakeNotifier(): FakeNotifier {
  const fake: FakeNotifier = {
    allowed: 'denied',
    away: false,
    answer: 'granted',
    shown: [],
    permission: () => fake.allowed,
    async ask() {
      fake.allowed = fake.answer;
    },
    isAway: () => fake.away,
    show(notice) {
      fake.shown.push(notice);
      return () => {
        fake.shown = fake.shown.filter((other) => other !== notice);
      };
    },
  };
  return fake;
}
