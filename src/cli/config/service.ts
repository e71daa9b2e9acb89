import { type ConfigService, createConfigService } from '../../core/config/config-service.ts';
import { locateConfig } from '../../core/config/discovery.ts';
import { AppErrorException } from '../../shared/errors.ts';
import type { CliContext } from '../frame/context.ts';

/** The `openclaw.json` that this call is about. Throws CONFIG_PROFILE_INVALID. */
export function configServiceOf({ env, homeDir, globals }: CliContext): ConfigService {
  const location = locateConfig(env, { homeDir, profile: globals.profile });
  if (!location.ok) throw new AppErrorException(location.error);
  return createConfigService(location.value, env);
}
