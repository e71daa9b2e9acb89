import { Menu } from '@base-ui/react/menu';
import type { ReactNode } from 'react';

/** Puts a menu into the part of the page that its button stands in: a screen reader tells people where they are. */
export function MenuPortal({ trigger, children }: { trigger: HTMLElement | null; children: ReactNode }) {
  const part = trigger?.closest<HTMLElement>('main, aside, [role=dialog]');
  return <Menu.Portal container={part}>{children}</Menu.Portal>;
}
