import { gatewayV8Flags } from '../core/local-gateway/gateway-flags.ts';

/**
 * Goes on as the same process, begun anew under the flags that V8 takes at its start alone. Returns where it has them, where
 * somebody chose a size of their own, and where there is no such way (Windows, Node before 22.15): then it is a larger one.
 */
export function becomeGateway(): void {
  const { env, execArgv, execPath, argv, platform } = process;
  const given = [...execArgv, env.NODE_OPTIONS ?? ''].join(' ');
  if (given.includes('semi-space-size') || platform === 'win32') return;
  process.execve?.(execPath, [execPath, ...gatewayV8Flags, ...execArgv, ...argv.slice(1)], env);
}
