import type { Dialog, Shell } from 'electron';
import type { Translate } from '../shared/errors.ts';
import { isHttps } from './navigation.ts';

export type ExternalLinksOptions = {
  shell: Pick<Shell, 'openExternal'>;
  dialog: Pick<Dialog, 'showMessageBox'>;
  /** Of the language that is chosen now. */
  translate(): Translate;
};

const OPEN = 0;
const CANCEL = 1;

/**
 * Opens an https link in the person's browser, after asking. Resolves when it was opened or declined; other
 * schemes are declined without a question.
 */
export function createExternalLinks({ shell, dialog, translate }: ExternalLinksOptions) {
  const trustedHosts = new Set<string>();

  return async (url: string): Promise<void> => {
    if (!isHttps(url)) return;
    const { host, href } = new URL(url);
    if (!trustedHosts.has(host)) {
      const t = translate();
      const { response, checkboxChecked } = await dialog.showMessageBox({
        type: 'question',
        title: t('edge.external.title'),
        message: t('edge.external.question', { host }),
        detail: href,
        buttons: [t('edge.external.open'), t('edge.external.cancel')],
        defaultId: OPEN,
        cancelId: CANCEL,
        checkboxLabel: t('edge.external.always', { host }),
        noLink: true,
      });
      if (response !== OPEN) return;
      if (checkboxChecked) trustedHosts.add(host);
    }
    await shell.openExternal(href);
  };
}
