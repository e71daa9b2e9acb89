/** `chooseRemote`: Settings opens with Remote chosen, because a target is wanted. */
export type Route =
  | { name: 'chat' }
  | { name: 'settings'; chooseRemote: boolean }
  | { name: 'panel' }
  /** `from`: where one step back leads. */
  | { name: 'doctor'; from: DoctorOrigin };

const doctorOrigins = ['chat', 'settings', 'panel'] as const;
export type DoctorOrigin = (typeof doctorOrigins)[number];

const SETTINGS = '#/settings/general';
const CHOOSE_REMOTE = '?runs=remote';
const DOCTOR = '#/doctor';
const FROM = '?from=';

export function parseRoute(hash: string): Route {
  if (hash.startsWith('#/settings')) return { name: 'settings', chooseRemote: hash.endsWith(CHOOSE_REMOTE) };
  if (hash.startsWith(DOCTOR)) {
    const from = doctorOrigins.find((origin) => hash.endsWith(FROM + origin)) ?? 'chat';
    return { name: 'doctor', from };
  }
  if (hash === '#/panel') return { name: 'panel' };
  return { name: 'chat' };
}

export function hrefOf(route: Route): string {
  if (route.name === 'settings') return route.chooseRemote ? SETTINGS + CHOOSE_REMOTE : SETTINGS;
  if (route.name === 'doctor') return route.from === 'chat' ? DOCTOR : DOCTOR + FROM + route.from;
  return `#/${route.name}`;
}
