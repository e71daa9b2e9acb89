import type { GatewayOptions, RunningGateway } from '../../index.ts';
import type { Fixture } from '../fixture.ts';
import { type World, worlds } from './cells.ts';

/** Our Gateway, set up as a world says. Wrong credentials are not counted: the matrix has many. */
export function startWorld(fixture: Fixture, name: World): Promise<RunningGateway> {
  const { identityScopes, ...options } = worlds[name];
  return fixture.start({
    ...(options as Partial<GatewayOptions>),
    ...(identityScopes === undefined ? {} : { identityScopes }),
    rateLimit: { maxAttempts: 1_000_000, windowMs: 1 },
  });
}
