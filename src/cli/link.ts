import { join } from 'node:path';
import { type LinkPlace, linkCommand, unlinkCommand } from '../core/command-link/command-link.ts';
import { findSystemNode } from '../core/command-link/system-node.ts';
import { exitCodes } from './exit-codes.ts';
import type { CliContext } from './frame/context.ts';

export type LinkOptions = { readonly dir?: string };

/** `chela link`: makes `chela` a command of every shell. */
export async function link(context: CliContext, options: LinkOptions): Promise<number> {
  const { out, t, env } = context;
  // Beside the folder of this very file, in a checkout as in a packed app.
  const made = await linkCommand(join(import.meta.dirname, '..', 'cli.js'), placeOf(context, options));
  if (!made.ok) return out.fail(made.error);
  const { file, target, isOnPath, pathLine } = made.value;
  const node = await findSystemNode(env);
  out.answer({ ok: true, ...made.value, node }, () => [
    `${out.paint('green', '●')} ${t('link.made', { file, target })}`,
    ...(isOnPath ? [] : [`  ${t('link.notOnPath')}`]),
    ...(pathLine === null ? [] : [`    ${pathLine}`]),
    ...(node.tag === 'good' ? [] : [`  ${t(`link.node.${node.tag}`, { ...node })}`]),
  ]);
  return exitCodes.ok;
}

/** `chela unlink`: removes what `link` made, and no other file. */
export async function unlink(context: CliContext, options: LinkOptions): Promise<number> {
  const { out, t } = context;
  const removed = await unlinkCommand(placeOf(context, options));
  if (!removed.ok) return out.fail(removed.error);
  const file = removed.value?.file ?? null;
  out.answer({ ok: true, removed: file }, () => [
    file === null ? t('link.nothing') : t('link.removed', { file }),
  ]);
  return exitCodes.ok;
}

function placeOf({ env, homeDir }: CliContext, { dir }: LinkOptions): LinkPlace {
  return { platform: process.platform, env, homeDir, dir };
}
