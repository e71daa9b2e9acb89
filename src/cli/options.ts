import { InvalidArgumentError } from 'commander';
import { portSchema } from '../shared/config/settings.ts';

/** A TCP port, or commander's own complaint with the reason. */
export function parsePortOption(text: string): number {
  const port = portSchema.safeParse(/^\d+$/.test(text) ? Number(text) : Number.NaN);
  if (!port.success) throw new InvalidArgumentError('1-65535');
  return port.data;
}
