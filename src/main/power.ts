import type { PowerMonitor } from 'electron';
import type { Engine } from '../core/engine.ts';

/**
 * After a sleep every socket may be dead without knowing it: a check at once, or the next attempt at once, rather
 * than minutes of "connected". Returns the way to stop.
 */
export function checkAfterWake(powerMonitor: PowerMonitor, engine: Engine): () => void {
  const wake = () => engine.probe();
  powerMonitor.on('resume', wake);
  powerMonitor.on('unlock-screen', wake);
  return () => {
    powerMonitor.off('resume', wake);
    powerMonitor.off('unlock-screen', wake);
  };
}
