import { AppErrorException, appError } from '../../shared/errors.ts';
import { err, ok } from '../../shared/result.ts';
import { type Env, readOnlyBy } from './discovery.ts';

/**
 * The careful writer as the embedded Gateway takes it: false, and nothing written, where something else stands in the file by
 * now. Rejects with {@link AppErrorException}: CONFIG_READ_ONLY, and those of `writeCarefully`, which is loaded for the first write.
 */
export function configWriter(env: Env) {
  return async (file: string, text: string, before: string | null): Promise<boolean> => {
    const variable = readOnlyBy(env);
    if (variable !== null) {
      throw new AppErrorException(appError('CONFIG_READ_ONLY', variable, { details: { variable, file } }));
    }
    const { writeCarefully } = await import('./careful-write.ts');
    const done = await writeCarefully(file, (current) =>
      current === before
        ? ok(text)
        : err(appError('CONFIG_CONFLICT', 'changed meanwhile', { details: { file } })),
    );
    if (done.ok) return true;
    if (done.error.code === 'CONFIG_CONFLICT') return false;
    throw new AppErrorException(done.error);
  };
}
